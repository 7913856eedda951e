/**
 * What every `ModelBackend` must keep, as one suite. An adapter's test calls it with a world in which a model is there and can speak.
 * Knows nothing of adapters. Durations in milliseconds.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ModelBackend, ModelEvent, ModelRequest } from '../model-backend.ts';

export type BackendWorld = {
  backend: ModelBackend;
  /** A model that is there. Asked to explain something at length it says at least 24 tokens. */
  model: string;
  /** A backend of the same kind where nobody is. */
  nobody: ModelBackend;
  close(): Promise<void>;
};

const NUM_CTX = 2_048;
const ABORT_MS = 500;
const Answer = z.object({ position: z.string().min(1).max(40), agreement: z.int().min(-2).max(2).nullable() });

/** With `skip`, the reason stands in the suite's name and nothing runs. */
export function modelBackendContract(
  name: string,
  makeWorld: () => Promise<BackendWorld>,
  { skip }: { skip?: string | null } = {},
): void {
  describe.skipIf(skip)(
    `${name} keeps the contract of a model backend${skip ? ` (skipped: ${skip})` : ''}`,
    { timeout: 60_000 },
    () => {
      let world: BackendWorld;
      const never = new AbortController().signal;

      beforeAll(async () => void (world = await makeWorld()), 120_000);
      afterAll(() => world?.close());

      const request = (over: Partial<ModelRequest> = {}): ModelRequest => ({
        model: world.model,
        messages: [
          { role: 'system', content: 'You are a patient teacher.' },
          { role: 'user', content: 'Explain at length why the sea is salty.' },
        ],
        seed: 7,
        temperature: 0.8,
        maxTokens: 24,
        numCtx: NUM_CTX,
        conversation: 'contract',
        ...over,
      });
      const hear = async (over: Partial<ModelRequest> = {}, signal = never): Promise<Heard> =>
        collect(world.backend.stream(request(over), signal));
      const load = async (): Promise<void> => {
        expect(await world.backend.load(world.model, { numCtx: NUM_CTX }, never)).toMatchObject({ ok: true });
      };
      const expectUsable = async (): Promise<void> => {
        expect((await hear({ maxTokens: 4, conversation: 'after' })).last).toMatchObject({ type: 'finished' });
      };

      test('it says who is there, and with which models', async () => {
        const seen = await world.backend.describe(never);
        expect(seen).toMatchObject({ reachable: true, remedy: null, version: expect.any(String) });
        expect(seen.detail).not.toBe('');
        expect(seen.models.map((model) => model.name)).toContain(world.model);
      });

      test('nobody there is an answer with a remedy, not an error', async () => {
        const seen = await world.nobody.describe(never);
        expect(seen).toMatchObject({ reachable: false, models: [], remedy: expect.any(String) });
        const loaded = await world.nobody.load(world.model, {}, never);
        expect(loaded).toMatchObject({ ok: false });
        const heard = await collect(world.nobody.stream(request(), never));
        expect(heard.events).toEqual([
          { type: 'failed', failure: expect.objectContaining({ kind: expect.any(String) }) },
        ]);
      });

      test('a model is resident from its load until it is unloaded', async () => {
        await load();
        expect(await residents(world.backend)).toEqual([world.model]);
        expect(await world.backend.unload(world.model, never)).toEqual({ ok: true, value: null });
        expect(await residents(world.backend)).toEqual([]);
        expect(await world.backend.unload(world.model, never)).toEqual({ ok: true, value: null });
      });

      test('a load whose signal aborts ends soon and can be repeated', async () => {
        const stop = new AbortController();
        const loading = world.backend.load(world.model, { numCtx: NUM_CTX }, stop.signal);
        const aborted = performance.now();
        stop.abort();
        expect(await loading).toMatchObject({ ok: false, failure: { kind: 'cancelled' } });
        expect(performance.now() - aborted).toBeLessThan(ABORT_MS);
        await load();
      });

      test('it speaks in deltas and ends with exactly one terminal event', async () => {
        await load();
        const { events, text, last } = await hear();
        expect(events.slice(0, -1).every((event) => event.type === 'delta')).toBe(true);
        expect(events.length).toBeGreaterThan(5);
        expect(text.trim()).not.toBe('');
        expect(last).toMatchObject({ type: 'finished', usage: { promptTokens: expect.any(Number) } });
      });

      test('it says no more than it may, and says that it was cut', async () => {
        const { last } = await hear({ maxTokens: 8 });
        expect(last).toMatchObject({ type: 'finished', finish: 'length', usage: { completionTokens: 8 } });
      });

      test('the same seed gives the same text, also in another conversation', async () => {
        const [first, again, elsewhere] = [await hear(), await hear(), await hear({ conversation: 'elsewhere' })];
        expect(again.text).toBe(first.text);
        expect(elsewhere.text).toBe(first.text);
      });

      test('it stops before a stop sequence', async () => {
        const free = await hear();
        const stop = free.text.trim().slice(12, 20);
        const { text, last } = await hear({ stop: [stop] });
        expect(text).toBe(free.text.slice(0, free.text.indexOf(stop)));
        expect(last).toMatchObject({ type: 'finished', finish: 'stop' });
      });

      test('an answer with a schema is JSON that keeps the schema', async () => {
        const { $schema: _, ...schema } = z.toJSONSchema(Answer);
        const messages = [{ role: 'user' as const, content: 'State your position on libraries as JSON.' }];
        const { text, last } = await hear({ messages, schema, maxTokens: 200, temperature: 0.2 });
        expect(last).toMatchObject({ type: 'finished', finish: 'stop' });
        expect(Answer.safeParse(JSON.parse(text))).toMatchObject({ success: true });
      });

      test('an aborted signal ends the stream before it begins', async () => {
        const { events } = await hear({}, AbortSignal.abort());
        expect(events).toEqual([{ type: 'failed', failure: expect.objectContaining({ kind: 'cancelled' }) }]);
      });

      test('an abort while it reads a long prompt ends the stream within half a second', async () => {
        const messages = [
          { role: 'user' as const, content: 'The tide comes in and the tide goes out again. '.repeat(140) },
        ];
        const stop = new AbortController();
        const hearing = hear({ messages, conversation: 'long' }, stop.signal);
        const abortedAt = await new Promise<number>((resolve) => setImmediate(() => resolve(performance.now())));
        stop.abort();
        const { last, endedAt } = await hearing;
        expect(last).toMatchObject({ type: 'failed', failure: { kind: 'cancelled' } });
        expect(endedAt - abortedAt).toBeLessThan(ABORT_MS);
        await expectUsable();
      });

      test('an abort while it speaks ends the stream within half a second', async () => {
        const stop = new AbortController();
        const events: ModelEvent[] = [];
        let abortedAt = 0;
        for await (const event of world.backend.stream(request({ maxTokens: 200 }), stop.signal)) {
          events.push(event);
          if (event.type !== 'delta' || abortedAt > 0) continue;
          abortedAt = performance.now();
          stop.abort();
        }
        expect(performance.now() - abortedAt).toBeLessThan(ABORT_MS);
        expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { kind: 'cancelled' } });
        expect(events.filter((event) => event.type !== 'delta')).toHaveLength(1);
        await expectUsable();
      });

      test('a listener who leaves in the middle does no harm', async () => {
        for await (const event of world.backend.stream(request({ maxTokens: 200 }), never))
          if (event.type === 'delta') break;
        await expectUsable();
      });

      test('two conversations at once both come to their end', async () => {
        const both = await Promise.all([
          hear({ conversation: 'one', maxTokens: 8 }),
          hear({ conversation: 'two', maxTokens: 8 }),
        ]);
        expect(both.map(({ last }) => last?.type)).toEqual(['finished', 'finished']);
        expect(both[0].text).toBe(both[1].text);
      });

      test('a model that is not there is named, with what to do', async () => {
        const failure = {
          kind: 'model-missing',
          detail: expect.stringContaining('no-such-model'),
          remedy: expect.any(String),
        };
        expect(await world.backend.load('no-such-model', {}, never)).toEqual({ ok: false, failure });
        expect((await hear({ model: 'no-such-model' })).events).toEqual([{ type: 'failed', failure }]);
      });

      test('any script can be heard and said', async () => {
        const content = 'Grüße, 世界! مرحبا 👩‍👩‍👧 \u{1F600} <|im_end|> {"a": "\\n"} \t — ﷽';
        const { text, last } = await hear({ messages: [{ role: 'user', content }], maxTokens: 16 });
        expect(last).toMatchObject({ type: 'finished' });
        expect(text.isWellFormed()).toBe(true);
        expect(text).not.toContain('\ufffd');
      });

      test('a prompt beyond the context is a failure, never a prompt cut unseen', async () => {
        const content = 'Water finds its way. '.repeat(5_000);
        const { events } = await hear({ messages: [{ role: 'user', content }], conversation: 'endless' });
        expect(events).toEqual([{ type: 'failed', failure: expect.objectContaining({ kind: 'out-of-memory' }) }]);
        await expectUsable();
      });
    },
  );
}

type Heard = { events: ModelEvent[]; text: string; last: ModelEvent | undefined; endedAt: number };

async function collect(stream: AsyncIterable<ModelEvent>): Promise<Heard> {
  const events: ModelEvent[] = [];
  for await (const event of stream) events.push(event);
  const text = events.map((event) => (event.type === 'delta' ? event.text : '')).join('');
  return { events, text, last: events.at(-1), endedAt: performance.now() };
}

async function residents(backend: ModelBackend): Promise<string[]> {
  const resident = await backend.resident(new AbortController().signal);
  return resident.ok ? resident.value.map(({ model }) => model) : [];
}
