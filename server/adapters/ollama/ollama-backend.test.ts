import { modelBackendContract } from '#ports/contracts/model-backend.ts';
import { startFakeOllama, type FakeChat } from '../fake/ollama-server.ts';
import { ollamaBackend } from './ollama-backend.ts';

const NOBODY = 'http://127.0.0.1:9';
const numbers = Array.from({ length: 200 }, (_, index) => `number ${index + 1}`).join(', ');
const reply = ({ format }: FakeChat): string => (format ? '{"position": "for", "agreement": null}' : numbers);

modelBackendContract('Ollama', async () => {
  const server = await startFakeOllama({
    models: ['mistral:latest', 'phi3'],
    reply,
    loadMs: 20,
    unloadMs: 20,
    tokensPerSecond: 2_000,
  });
  const backend = ollamaBackend({ url: server.url });
  const nobody = ollamaBackend({ url: NOBODY });
  return {
    backend,
    nobody,
    model: 'mistral:latest',
    close: () => Promise.all([backend.close(), nobody.close(), server.close()]).then(() => undefined),
  };
});

const real = process.env['BAT_TEST_OLLAMA'];
modelBackendContract(
  'a real Ollama',
  async () => {
    const url = real ?? NOBODY;
    const backend = ollamaBackend({ url });
    const nobody = ollamaBackend({ url: NOBODY });
    const { models } = await backend.describe(new AbortController().signal);
    const model = models.find(({ canSpeak }) => canSpeak)?.name ?? 'none';
    return {
      backend,
      nobody,
      model,
      close: () => Promise.all([backend.close(), nobody.close()]).then(() => undefined),
    };
  },
  { skip: real ? null : 'BAT_TEST_OLLAMA names no Ollama' },
);
