import { describe, expect, test, vi } from 'vitest';
import type { FailureKind } from '#domain/failure.ts';
import type { Fault } from '../fake/ollama-faults.ts';
import { never, numbers, scene, spoken } from './scene-for-tests.ts';

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
    const { server, say } = await scene({}, { firstTokenMs: 600, loadMs: 600, idleMs: 600 });
    server.fault({ fault });
    const events = await say();
    expect(events.filter(({ type }) => type !== 'delta')).toEqual([
      { type: 'failed', failure: expect.objectContaining({ kind, detail: expect.any(String) }) },
    ]);
    expect((await say()).at(-1)).toMatchObject({ type: 'finished' });
  });

  test('the budget for the first token ends with it, and each silence after it has its own', async () => {
    const slow = await scene({ reply: () => numbers, tokensPerSecond: 50 }, { loadMs: 0, firstTokenMs: 200 });
    expect((await slow.say({ maxTokens: 20 })).at(-1)).toMatchObject({ type: 'finished', finish: 'length' });
    const silent = await scene({}, { idleMs: 100 });
    silent.server.fault({ fault: { kind: 'silence' } });
    expect((await silent.say()).at(-1)).toMatchObject({
      failure: { kind: 'timed-out', detail: expect.stringContaining('0.1 s') },
    });
  });

  test.each<Fault['kind']>(['silent-headers', 'silence'])('an abort is heard in %s too', async (kind) => {
    const { server, say } = await scene();
    server.fault({ fault: { kind } as Fault });
    const stop = new AbortController();
    const saying = say({}, stop.signal);
    await vi.waitFor(() => expect(server.stats.requests).toHaveLength(1));
    stop.abort();
    expect((await saying).at(-1)).toMatchObject({ type: 'failed', failure: { kind: 'cancelled' } });
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
