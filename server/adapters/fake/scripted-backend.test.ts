import { expect, test } from 'vitest';
import { modelBackendContract } from '#ports/contracts/model-backend.ts';
import { scriptedBackend, type Reply } from './scripted-backend.ts';
import type { ModelBackend, ModelEvent, ModelRequest } from '#ports/model-backend.ts';

const numbers = Array.from({ length: 200 }, (_, index) => `number ${index + 1}`).join(', ');

/** Reads a long prompt for ever, so that an abort meets it while it still reads. */
function reply({ schema, messages }: ModelRequest): Reply {
  if (messages.some(({ content }) => content.length > 5_000)) return reading();
  return schema ? '{"position": "for", "agreement": null}' : numbers;
}

async function* reading(...said: string[]): AsyncGenerator<string, void> {
  yield* said;
  yield await new Promise<string>(() => {});
}

modelBackendContract('the scripted backend', async () => {
  const nobody = scriptedBackend({ reply });
  nobody.vanish();
  return { backend: scriptedBackend({ reply }), nobody, model: 'mistral', close: async () => {} };
});

const never = new AbortController().signal;
const unreachable = { ok: false, failure: { kind: 'backend-unreachable' } };
const request = { model: 'phi3', messages: [], seed: 1, temperature: 0, maxTokens: 9, conversation: 'c' };

async function hear(backend: ModelBackend): Promise<ModelEvent[]> {
  const events: ModelEvent[] = [];
  for await (const event of backend.stream(request, never)) events.push(event);
  return events;
}

test('a planned failure happens once, to the call it is for', async () => {
  const backend = scriptedBackend({ reply: () => 'well' });
  const failure = { kind: 'out-of-memory', detail: 'full' } as const;
  backend.failNext('load', failure);
  expect(await backend.load('phi3', {}, never)).toEqual({ ok: false, failure });
  expect(await backend.load('phi3', {}, never)).toMatchObject({ ok: true });
  backend.failNext('stream', failure);
  expect(await hear(backend)).toEqual([{ type: 'failed', failure }]);
  expect((await hear(backend)).at(-1)).toMatchObject({ type: 'finished' });
});

test('a backend that vanishes cuts off what it says, and comes back with nothing resident', async () => {
  const backend = scriptedBackend({ reply: () => reading('well') });
  const events: ModelEvent[] = [];
  for await (const event of backend.stream(request, never)) {
    events.push(event);
    backend.vanish();
  }
  expect(events).toMatchObject([
    { type: 'delta', text: 'well' },
    { type: 'failed', failure: { kind: 'cut-off' } },
  ]);
  expect(await backend.load('phi3', {}, never)).toMatchObject(unreachable);
  expect(await backend.resident(never)).toMatchObject(unreachable);
  backend.comeBack();
  expect(await backend.resident(never)).toEqual({ ok: true, value: [] });
});

test('held loads wait for their release', async () => {
  const backend = scriptedBackend({ reply: () => 'well' });
  const release = backend.holdLoads();
  const loading = backend.load('phi3', {}, never);
  expect(backend.loads).toEqual([]);
  release();
  expect(await loading).toMatchObject({ ok: true });
  expect(backend.loads).toEqual(['phi3']);
});
