import { expect, test } from 'vitest';
import type { Fact } from '#protocol/facts.ts';
import { emptySociety } from '#protocol/fold.ts';
import type { Frame } from '#protocol/stream.ts';
import { feed } from './feed.ts';
import { LiveTurns } from './live-turns.svelte.ts';
import { SocietyStore } from './society.svelte.ts';

const presence = (bootId: string) => ({ bootId, lanes: [], queue: [], personas: [], actors: [], leases: [] });
const welcome = (change: Partial<Extract<Frame, { type: 'welcome' }>>): Frame => ({
  type: 'welcome',
  protocol: 1,
  runId: 'run',
  bootId: 'boot',
  seq: 0,
  mode: 'snapshot',
  society: emptySociety(),
  presence: presence('boot'),
  ...change,
});
const fact = (seq: number, event: Fact): Frame => ({ type: 'fact', seq, at: '2026-01-01T00:00:00.000Z', event });
const lost = (seq: number, backend: 'ollama' | 'embedded') => fact(seq, { type: 'backend.lost', backend, detail: '' });
const delta = (from: number, text: string): Frame => ({
  type: 'signal',
  event: { type: 'turn.delta', taskId: 't1', no: 0, attempt: 1, from, text },
});
const started: Fact = { type: 'turn.started', taskId: 't1', no: 0, persona: 'BRICK', attempt: 1 };

function fed() {
  const society = new SocietyStore();
  const live = new LiveTurns();
  const news: string[] = [];
  let resyncs = 0;
  let nowMs = 0;
  const apply = feed({
    society,
    live,
    resync: () => (resyncs += 1),
    onNews: ({ type }) => news.push(type),
    onApplied: () => {},
    nowMs: () => nowMs,
  });
  return { society, live, news, apply, resyncs: () => resyncs, wait: (ms: number) => (nowMs += ms) };
}

test('facts are applied once and in order, whatever is sent twice', () => {
  const { society, apply } = fed();
  apply([welcome({}), lost(1, 'ollama'), lost(1, 'ollama'), lost(2, 'embedded')]);
  expect(society.lost).toEqual(['ollama', 'embedded']);
  expect(society.cursor).toEqual({ since: 2, runId: 'run' });
});

test('after a gap nothing more is applied until the replay has filled it, and it is asked for once', () => {
  const { society, apply, resyncs } = fed();
  apply([welcome({}), lost(2, 'ollama'), lost(3, 'embedded')]);
  expect([society.seq, resyncs()]).toEqual([0, 1]);
  apply([welcome({ mode: 'replay', seq: 2, society: undefined }), lost(1, 'embedded'), lost(2, 'ollama')]);
  expect([society.seq, resyncs()]).toEqual([2, 1]);
});

test('another run replaces all that was known', () => {
  const { society, apply } = fed();
  apply([welcome({}), lost(1, 'ollama')]);
  apply([welcome({ runId: 'other', seq: 40 })]);
  expect(society.lost).toEqual([]);
  expect(society.cursor).toEqual({ since: 40, runId: 'other' });
});

test('what a replay brings is not news, what happens afterwards is', () => {
  const { news, apply } = fed();
  apply([welcome({ mode: 'snapshot', seq: 0 })]);
  apply([welcome({ mode: 'replay', seq: 1, society: undefined }), lost(1, 'ollama'), lost(2, 'embedded')]);
  expect(news).toEqual(['backend.lost']);
});

test('words of a turn come together, and a turn that starts again starts from nothing', () => {
  const { live, apply } = fed();
  apply([welcome({}), fact(1, started), delta(0, 'Rest '), delta(5, 'first.')]);
  expect(live.of('t1')?.text).toBe('Rest first.');
  apply([fact(2, started)]);
  expect(live.of('t1')?.text).toBe('');
});

test('words of a process that is gone are void', () => {
  const { live, apply } = fed();
  apply([welcome({}), fact(1, started), delta(0, 'Rest ')]);
  apply([welcome({ mode: 'replay', bootId: 'next', seq: 1, society: undefined, presence: presence('next') })]);
  expect(live.of('t1')).toBeUndefined();
});

test('missing words are asked for, but not more often than every two seconds', () => {
  const { apply, resyncs, wait } = fed();
  apply([welcome({}), fact(1, started), delta(5, 'first.')]);
  apply([delta(11, ' Then')]);
  expect(resyncs()).toBe(1);
  wait(2_000);
  apply([delta(16, ' write.')]);
  expect(resyncs()).toBe(2);
});

test('tasks that did not change keep their identity from batch to batch', () => {
  const { society, apply } = fed();
  const known = emptySociety();
  const other = { id: 't2', turns: [] } as unknown as (typeof known.tasks)[string];
  apply([welcome({ society: { ...known, tasks: { t2: other } } }), lost(1, 'ollama')]);
  expect(society.tasks['t2']).toBe(other);
});
