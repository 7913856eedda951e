import { expect, test } from 'vitest';
import type { Failure } from '#domain/failure.ts';
import { scriptedBackend, type ScriptedBackend } from '../adapters/fake/scripted-backend.ts';
import { gpuScheduler, type Job } from './gpu-scheduler.ts';
import { presenceBoard } from './presence-board.ts';
import { actorSystem } from './runtime/actor-system.ts';

function stage(backend: ScriptedBackend) {
  const clock = { now: () => new Date(0), monotonicMs: () => performance.now() };
  const system = actorSystem({ crashed: () => {}, gaveUp: () => {} }, clock);
  const board = presenceBoard({ bootId: 'boot', monotonicMs: clock.monotonicMs, actors: () => [] });
  const scheduler = system.spawn(gpuScheduler({ backends: new Map([[backend.kind, backend]]), board, clock }));
  const diary: string[] = [];
  let ids = 0;

  /** A job that speaks once; resolves when it was run or refused. */
  function job(model: string, during: (signal: AbortSignal) => Promise<unknown> = async () => {}) {
    const id = `job-${(ids += 1)}`;
    const over = Promise.withResolvers<Failure | null>();
    const whole: Job = {
      id,
      model,
      backend: backend.kind,
      numCtx: 4_096,
      class: 'dialogue',
      dialogue: id,
      persona: 'BRICK',
      loading: () => diary.push(`${id} turns`),
      async run(lane, signal) {
        diary.push(`${id} begins`);
        const request = { model, messages: [], seed: 1, temperature: 0, maxTokens: 9, conversation: id };
        for await (const _ of lane.stream(request, signal));
        await during(signal);
        diary.push(`${id} ends`);
        over.resolve(null);
      },
      refused: over.resolve,
    };
    scheduler.tell({ type: 'serve', job: whole });
    return { id, over: over.promise };
  }
  const laneState = () => board.snapshot().lanes[0]?.state;
  return { job, diary, board, laneState, withdraw: (id: string) => scheduler.tell({ type: 'withdraw', id }) };
}

const until = (isSo: () => boolean) =>
  new Promise<void>((resolve) => {
    const look = () => (isSo() ? resolve() : setImmediate(look));
    look();
  });
const unending = (signal: AbortSignal) => new Promise((resolve) => signal.addEventListener('abort', resolve));

test('jobs have the lane one after another, with one model resident, and no swap where none is needed', async () => {
  const backend = scriptedBackend({ reply: () => 'yes' });
  const { job, diary, laneState } = stage(backend);
  const jobs = ['phi3', 'phi3', 'mistral', 'phi3'].map((model) => job(model));
  await Promise.all(jobs.map(({ over }) => over));
  expect(diary).toEqual(jobs.flatMap(({ id }) => [`${id} turns`, `${id} begins`, `${id} ends`]));
  expect(backend.loads).toEqual(['phi3', 'mistral', 'phi3']);
  expect(backend.unloads).toEqual(['phi3', 'mistral']);
  await until(() => laneState() === 'idle');
});

test('those who wait are shown in the order of their arrival', async () => {
  const { job, board, withdraw } = stage(scriptedBackend({ reply: () => 'yes' }));
  const first = job('phi3', unending);
  const rest = [job('mistral'), job('llama3.1')];
  await until(() => board.snapshot().queue.length === 2);
  expect(board.snapshot().queue.map(({ id, model }) => ({ id, model }))).toEqual([
    { id: rest[0]?.id, model: 'mistral' },
    { id: rest[1]?.id, model: 'llama3.1' },
  ]);
  withdraw(first.id);
});

test('a job that is withdrawn while it waits never runs; one that runs is stopped before the next begins', async () => {
  const { job, diary, withdraw } = stage(scriptedBackend({ reply: () => 'yes' }));
  const running = job('phi3', unending);
  const waiting = job('phi3');
  const last = job('phi3');
  await until(() => diary.includes(`${running.id} begins`));
  withdraw(waiting.id);
  withdraw(running.id);
  await last.over;
  expect(diary.slice(1)).toEqual([
    `${running.id} begins`,
    `${running.id} ends`,
    `${last.id} turns`,
    `${last.id} begins`,
    `${last.id} ends`,
  ]);
});

test('an unload that is not verified refuses the job and shows a sick lane; the next one finds it well again', async () => {
  const backend = scriptedBackend({ reply: () => 'yes' });
  const { job, laneState } = stage(backend);
  await job('phi3').over;
  backend.failNext('unload', { kind: 'timed-out', detail: 'phi3 is still there.' });
  expect(await job('mistral').over).toEqual({ kind: 'timed-out', detail: 'phi3 is still there.' });
  expect(laneState()).toBe('sick');
  expect(await job('mistral').over).toBeNull();
  expect(backend.loads).toEqual(['phi3', 'mistral']);
});

test('after a broken stream the backend is asked again what is resident', async () => {
  const backend = scriptedBackend({ reply: () => 'yes' });
  const { job } = stage(backend);
  await job('phi3').over;
  backend.vanish();
  await job('phi3').over;
  backend.comeBack();
  await job('phi3').over;
  expect(backend.loads).toEqual(['phi3', 'phi3']);
});
