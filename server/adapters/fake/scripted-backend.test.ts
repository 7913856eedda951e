import { modelBackendContract } from '#ports/contracts/model-backend.ts';
import { scriptedBackend, type Reply } from './scripted-backend.ts';
import type { ModelRequest } from '#ports/model-backend.ts';

const numbers = Array.from({ length: 200 }, (_, index) => `number ${index + 1}`).join(', ');

/** Reads a long prompt for ever, so that an abort meets it while it still reads. */
function reply({ schema, messages }: ModelRequest): Reply {
  if (messages.some(({ content }) => content.length > 5_000)) return reading();
  return schema ? '{"position": "for", "agreement": null}' : numbers;
}

async function* reading(): AsyncGenerator<string, void> {
  yield await new Promise<string>(() => {});
}

modelBackendContract('the scripted backend', async () => {
  const nobody = scriptedBackend({ reply });
  nobody.vanish();
  return { backend: scriptedBackend({ reply }), nobody, model: 'mistral', close: async () => {} };
});
