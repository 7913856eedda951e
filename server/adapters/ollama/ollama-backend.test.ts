import { afterEach, describe, expect, test, vi } from 'vitest';
import type { FailureKind } from '#domain/failure.ts';
import { modelBackendContract } from '#ports/contracts/model-backend.ts';
import type { ModelBackend, ModelEvent, ModelRequest } from '#ports/model-backend.ts';
import type { Fault } from '../fake/ollama-faults.ts';
import { startFakeOllama, type FakeChat, type FakeOllama, type FakeOllamaOptions } from '../fake/ollama-server.ts';
import { ollamaBackend, parametersB, type Budgets } from './ollama-backend.ts';

const NOBODY = 'http://127.0.0.1:9';
const never = new AbortController().signal;
const numbers = Array.from({ length: 200 }, (_, index) => `number ${index + 1}`).join(', ');
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

const open: { close(): Promise<void> }[] = [];
afterEach(async () => void (await Promise.all(open.splice(0).map((one) => one.close()))));

type Scene = {
  server: FakeOllama;
  backend: ModelBackend;
  say(over?: Partial<ModelRequest>, signal?: AbortSignal): Promise<ModelEvent[]>;
};

async function scene(options: Partial<FakeOllamaOptions> = {}, budgets: Partial<Budgets> = {}): Promise<Scene> {
  const server = await startFakeOllama({
    models: ['mistral', 'phi3'],
    reply: () => 'one two three four five',
    ...options,
  });
  const backend = ollamaBackend({ url: server.url, budgets });
  open.push(backend, server);
  const messages = [{ role: 'user' as const, content: 'Count.' }];
  const request = { model: 'mistral', messages, seed: 1, temperature: 0.7, maxTokens: 50, conversation: 'c' };
  return {
    server,
    backend,
    async say(over = {}, signal = never) {
      const events: ModelEvent[] = [];
      for await (const event of backend.stream({ ...request, ...over }, signal)) events.push(event);
      return events;
    },
  };
}

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

describe('what can go wrong with Ollama', () => {
  const outOfMemory = 'model requires more system memory (9.1 GiB) than is available (3.2 GiB)';
  const faults: [string, Fault, FailureKind][] = [
    ['a reset before the headers', { kind: 'before-headers' }, 'backend-unreachable'],
    ['a reset within the headers', { kind: 'mid-header' }, 'backend-unreachable'],
    ['a reset within a line', { kind: 'mid-line' }, 'cut-off'],
    ['a line that is not JSON', { kind: 'not-json' }, 'cut-off'],
    ['an end without a last line', { kind: 'no-done' }, 'cut-off'],
    ['an error inside the stream', { kind: 'error-line', message: 'llama runner process has terminated' }, 'cut-off'],
    [
      'a full card inside the stream',
      { kind: 'error-line', message: 'cudaMalloc failed: out of memory' },
      'out-of-memory',
    ],
    ['silence inside the stream', { kind: 'silence' }, 'timed-out'],
    ['silence before the headers', { kind: 'silent-headers' }, 'timed-out'],
    [
      'status 404 for the model',
      { kind: 'status', status: 404, message: "model 'mistral' not found" },
      'model-missing',
    ],
    [
      'status 404 of another server',
      { kind: 'status', status: 404, message: '404 page not found' },
      'backend-unreachable',
    ],
    ['status 499', { kind: 'status', status: 499, message: 'request cancelled' }, 'cut-off'],
    ['status 500', { kind: 'status', status: 500, message: 'unexpected EOF' }, 'cut-off'],
    ['status 500 for memory', { kind: 'status', status: 500, message: outOfMemory }, 'out-of-memory'],
    ['status 503', { kind: 'status', status: 503, message: 'server busy, please try again' }, 'backend-unreachable'],
  ];

  test.each(faults)('%s is a typed failure, whatever text came before', async (_, fault, kind) => {
    const { server, say } = await scene({}, { firstTokenMs: 150, loadMs: 150, idleMs: 150 });
    server.fault({ fault });
    const events = await say();
    expect(events.filter(({ type }) => type !== 'delta')).toEqual([
      { type: 'failed', failure: expect.objectContaining({ kind, detail: expect.any(String) }) },
    ]);
    expect((await say()).at(-1)).toMatchObject({ type: 'finished' });
  });

  test('the text before a fault is heard, and only that', async () => {
    const { server, say } = await scene();
    server.fault({ fault: { kind: 'mid-line' }, afterPieces: 2 });
    expect(spoken(await say())).toBe('one two');
  });

  test('a missing model names the command that brings it', async () => {
    const { backend } = await scene();
    const failure = {
      kind: 'model-missing',
      detail: 'Ollama has no model gemma2:9b.',
      remedy: 'ollama pull gemma2:9b',
    };
    expect(await backend.load('gemma2:9b', {}, never)).toEqual({ ok: false, failure });
  });

  test('a load that does not fit into memory says so', async () => {
    const { server, backend } = await scene();
    server.fault({ on: 'load', fault: { kind: 'status', status: 500, message: outOfMemory } });
    const loaded = await backend.load('mistral', {}, never);
    expect(loaded).toMatchObject({
      ok: false,
      failure: { kind: 'out-of-memory', detail: expect.stringContaining('9.1 GiB') },
    });
  });

  test('a load that takes longer than its budget is given up', async () => {
    const { backend } = await scene({ loadMs: 60_000 }, { loadMs: 50 });
    expect(await backend.load('mistral', {}, never)).toMatchObject({ ok: false, failure: { kind: 'timed-out' } });
  });

  test('an unload is not done before the model is gone', async () => {
    const { server, backend } = await scene({}, { unloadMs: 200 });
    await backend.load('mistral', {}, never);
    server.fault({ on: 'unload', fault: { kind: 'stuck-unload' } });
    expect(await backend.unload('mistral', never)).toMatchObject({ ok: false, failure: { kind: 'timed-out' } });
    expect(await backend.unload('mistral', never)).toEqual({ ok: true, value: null });
  });

  test('a server that does not answer is described within the budget', async () => {
    const { server, backend } = await scene({}, { describeMs: 50 });
    server.fault({ on: 'describe', times: 2, fault: { kind: 'silent-headers' } });
    expect(await backend.describe(never)).toMatchObject({
      reachable: false,
      remedy: expect.stringContaining('Ollama'),
    });
  });

  test('a server that goes away in the middle is a cut, then unreachable, then well again', async () => {
    const { server, say } = await scene({ reply: () => numbers, tokensPerSecond: 50 });
    const saying = say();
    await vi.waitFor(() => expect(server.stats.speaking).toBe(1));
    await server.goAway();
    expect((await saying).at(-1)).toMatchObject({ type: 'failed', failure: { kind: 'cut-off' } });
    expect(await say()).toMatchObject([{ type: 'failed', failure: { kind: 'backend-unreachable' } }]);
    await server.comeBack();
    expect((await say({ maxTokens: 2 })).at(-1)).toMatchObject({ type: 'finished', finish: 'length' });
  });

  test('a server that does not hear a cancel is left all the same', async () => {
    const { server, say } = await scene({ reply: () => numbers, tokensPerSecond: 100 });
    server.fault({ fault: { kind: 'deaf' }, afterPieces: 1_000 });
    const stop = new AbortController();
    const saying = say({ maxTokens: 20 }, stop.signal);
    await vi.waitFor(() => expect(server.stats.speaking).toBe(1));
    stop.abort();
    expect((await saying).at(-1)).toMatchObject({ type: 'failed', failure: { kind: 'cancelled' } });
    expect(server.stats.speaking).toBe(1);
    expect((await say({ maxTokens: 2 })).at(-1)).toMatchObject({ type: 'finished' });
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

const spoken = (events: ModelEvent[]): string =>
  events.map((event) => (event.type === 'delta' ? event.text : '')).join('');
