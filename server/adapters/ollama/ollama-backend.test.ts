import { describe, expect, test, vi } from 'vitest';
import { modelBackendContract } from '#ports/contracts/model-backend.ts';
import { startFakeOllama, type FakeChat } from '../fake/ollama-server.ts';
import { ollamaBackend, parametersB } from './ollama-backend.ts';
import { never, numbers, scene, spoken } from './scene-for-tests.ts';

const NOBODY = 'http://127.0.0.1:9';
const reply = ({ format }: FakeChat): string => (format ? '{"position": "for", "agreement": null}' : numbers);

modelBackendContract('Ollama', async () => {
  const server = await startFakeOllama({
    models: ['mistral', 'phi3'],
    reply,
    loadMs: 20,
    unloadMs: 20,
    tokensPerSecond: 2_000,
  });
  const [backend, nobody] = [ollamaBackend({ url: server.url }), ollamaBackend({ url: NOBODY })];
  const close = async (): Promise<void> => void (await Promise.all([backend.close(), nobody.close(), server.close()]));
  return { backend, nobody, model: 'mistral:latest', close };
});

const real = process.env['BAT_TEST_OLLAMA'];
modelBackendContract(
  'a real Ollama',
  async () => {
    const [backend, nobody] = [ollamaBackend({ url: real ?? NOBODY }), ollamaBackend({ url: NOBODY })];
    const { models } = await backend.describe(never);
    const model = models.find(({ canSpeak }) => canSpeak)?.name ?? 'none';
    return { backend, nobody, model, close: async () => void (await Promise.all([backend.close(), nobody.close()])) };
  },
  { skip: real ? null : 'BAT_TEST_OLLAMA names no Ollama' },
);

describe('what Ollama does on the wire', () => {
  test('a chat carries the limits and the canonical options, and never a keep_alive', async () => {
    const { server, backend, say } = await scene();
    await backend.load('mistral', { numCtx: 2_048 }, never);
    await say({ numCtx: 8_192, stop: ['six'], maxTokens: 9 });
    const [load, chat] = server.stats.requests.filter(({ body }) => body !== null);
    expect(load).toMatchObject({
      path: '/api/generate',
      body: { model: 'mistral', keep_alive: -1, options: { num_ctx: 2_048 } },
    });
    expect(chat).toEqual({
      path: '/api/chat',
      body: {
        model: 'mistral',
        messages: [{ role: 'user', content: 'Count.' }],
        options: { num_ctx: 2_048, seed: 1, temperature: 0.7, num_predict: 9, stop: ['six'] },
        stream: true,
        think: false,
        truncate: false,
        shift: false,
      },
    });
    expect(server.stats.loads).toEqual(['mistral:latest']);
  });

  test('a name without a tag is the latest, also when it is unloaded', async () => {
    const { server, backend } = await scene({ unloadMs: 30 });
    expect(await backend.load('mistral', {}, never)).toEqual({
      ok: true,
      value: { model: 'mistral:latest', vramBytes: 0 },
    });
    expect(await backend.unload('mistral', never)).toEqual({ ok: true, value: null });
    expect(server.resident).toEqual([]);
  });

  test('what it has is described with sizes, and models that only embed cannot speak', async () => {
    const models = [
      { name: 'gemma2:9b', parameterSize: '9.2B', sizeBytes: 5 },
      { name: 'nomic-embed-text', family: 'nomic-bert', parameterSize: '137M' },
    ];
    const { backend } = await scene({ models });
    const digest = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(await backend.describe(never)).toEqual({
      reachable: true,
      version: '0.17.4',
      detail: 'Ollama 0.17.4 with 2 models',
      remedy: null,
      models: [
        { name: 'gemma2:9b', digest, sizeBytes: 5, parametersB: 9.2, canSpeak: true },
        { name: 'nomic-embed-text:latest', digest, sizeBytes: 98_362_432, parametersB: 0.137, canSpeak: false },
      ],
    });
  });

  test('characters that arrive in halves are whole', async () => {
    const { say } = await scene({ reply: () => 'Grüße, 世界! 👩‍👩‍👧 ﷽', chunkBytes: 3 });
    expect(spoken(await say())).toBe('Grüße, 世界! 👩‍👩‍👧 ﷽');
  });

  test('an answer that fills the context ends there, and nothing slides out of it unseen', async () => {
    const { say } = await scene({ reply: () => numbers });
    const events = await say({ numCtx: 12, maxTokens: 100 });
    expect(events.at(-1)).toEqual({
      type: 'finished',
      finish: 'length',
      usage: { promptTokens: 2, evaluatedTokens: null, completionTokens: 10 },
    });
  });

  test('a listener who aborts or leaves closes the socket, and the generation ends', async () => {
    const { server, backend, say } = await scene({ reply: () => numbers, tokensPerSecond: 50 });
    const stop = new AbortController();
    const saying = say({}, stop.signal);
    await vi.waitFor(() => expect(server.stats.speaking).toBe(1));
    stop.abort();
    expect((await saying).at(-1)).toMatchObject({ type: 'failed', failure: { kind: 'cancelled' } });
    await vi.waitFor(() => expect(server.stats).toMatchObject({ speaking: 0, abandoned: 1 }));

    const request = { model: 'mistral', messages: [], seed: 1, temperature: 0, maxTokens: 50, conversation: 'c' };
    for await (const event of backend.stream(request, never)) if (event.type === 'delta') break;
    await vi.waitFor(() => expect(server.stats).toMatchObject({ speaking: 0, abandoned: 2 }));
  });

  test('a load that is given up leaves nothing resident', async () => {
    const { server, backend } = await scene({ loadMs: 60_000 });
    const stop = new AbortController();
    const loading = backend.load('mistral', {}, stop.signal);
    await vi.waitFor(() => expect(server.stats.requests).toHaveLength(1));
    stop.abort();
    expect(await loading).toMatchObject({ ok: false, failure: { kind: 'cancelled' } });
    await vi.waitFor(() => expect(server.stats.abandoned).toBe(1));
    expect(server.resident).toEqual([]);
  });
});

test.each([
  ['9.2B', 9.2],
  ['134.52M', 0.13452],
  ['', null],
  [undefined, null],
])('a parameter size of %s is %s billion', (size, expected) => {
  expect(parametersB(size)).toBe(expected);
});
