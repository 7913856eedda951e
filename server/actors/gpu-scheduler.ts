/**
 * The only one that talks to a lane: serves one job at a time, in the order that `domain/gpu.ts` decides.
 * A job is a whole turn, so that what belongs to a turn happens in one residency.
 */
import { pickNext } from '#domain/gpu.ts';
import type { Failure } from '#domain/failure.ts';
import type { ModelBackend, ModelEvent, ModelRequest } from '#ports/model-backend.ts';
import type { Waiting } from '#protocol/presence.ts';
import type { ActorSpec, Context, Outcome } from './runtime/actor.ts';
import type { QueueItem } from './presence-board.ts';
import { residency, type Place } from './residency.ts';
import type { World } from './world.ts';

/** A lane while it is ours. Durations in milliseconds. */
export type LaneAccess = {
  waitMs: number;
  loadMs: number;
  swapped: boolean;
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
};

/** Work for the lane. Exactly one of `run` and `refused` is called, unless the job is withdrawn before. */
export type Job = Place & {
  id: string;
  class: Waiting['class'];
  dialogue: string;
  persona: string;
  /** Called when the lane turns to this job, before its model is loaded. */
  loading(): void;
  run(lane: LaneAccess, signal: AbortSignal): Promise<void>;
  refused(failure: Failure): void;
};

export type SchedulerMessage =
  { type: 'serve'; job: Job } | { type: 'withdraw'; id: string } | { type: 'ended'; job: Job; outcome: Outcome<void> };

type Queued = { id: string; model: string; job: Job; sinceMs: number };
type State = { waiting: readonly Queued[]; current: { id: string; stop: AbortController } | null };

export function gpuScheduler(world: Pick<World, 'backends' | 'board' | 'clock'>): ActorSpec<State, SchedulerMessage> {
  const lane = residency(world);
  /** Jobs that nobody has answered yet; they outlive a crash of this actor only to be refused. */
  const unanswered = new Set<Job>();
  /** Ends when the lane is free, also across incarnations: there is never a second job on it. */
  let laneIsFree: Promise<unknown> = Promise.resolve();

  async function serve({ job, sinceMs }: Queued, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const waitMs = world.clock.monotonicMs() - sinceMs;
    job.loading();
    const settled = await lane.settle(job, signal);
    if (signal.aborted) return;
    if (!settled.ok) return job.refused(settled.failure);
    const backend = world.backends.get(job.backend) as ModelBackend;
    lane.serving(true);
    try {
      await job.run(
        { waitMs, ...settled.value, stream: (request, inner) => watched(backend.stream(request, inner)) },
        signal,
      );
    } finally {
      lane.serving(false);
    }
  }

  /** A broken stream puts the residency in doubt: the server may have died or lost the model. */
  async function* watched(events: AsyncIterable<ModelEvent>): AsyncIterable<ModelEvent> {
    for await (const event of events) {
      if (event.type === 'failed' && event.failure.kind !== 'cancelled') lane.doubt();
      yield event;
    }
  }

  function turnToNext(state: State, context: Context<SchedulerMessage>): State {
    const next = state.current ? null : pickNext(state.waiting);
    if (!next) return state;
    const stop = new AbortController();
    context.run(
      (signal) => {
        const served = laneIsFree.then(() => serve(next, AbortSignal.any([signal, stop.signal])));
        laneIsFree = served.catch(() => {});
        return served;
      },
      (outcome) => ({ type: 'ended', job: next.job, outcome }),
    );
    return { waiting: state.waiting.filter((queued) => queued !== next), current: { id: next.id, stop } };
  }

  function received(state: State, message: SchedulerMessage): State {
    switch (message.type) {
      case 'serve': {
        const { job } = message;
        unanswered.add(job);
        return {
          ...state,
          waiting: [...state.waiting, { id: job.id, model: job.model, job, sinceMs: world.clock.monotonicMs() }],
        };
      }
      case 'withdraw':
        for (const job of unanswered) if (job.id === message.id) unanswered.delete(job);
        if (state.current?.id === message.id) state.current.stop.abort();
        return { ...state, waiting: state.waiting.filter(({ id }) => id !== message.id) };
      case 'ended':
        if (!message.outcome.ok && unanswered.has(message.job)) message.job.refused(unexpected(message.outcome.error));
        unanswered.delete(message.job);
        return { ...state, current: null };
      default:
        return message satisfies never;
    }
  }

  return {
    name: 'gpu-scheduler',
    restart: { times: 5, withinMs: 60_000 },
    init() {
      lane.doubt();
      lane.serving(false);
      for (const job of unanswered) job.refused({ kind: 'cut-off', detail: 'The scheduler had to be started again.' });
      unanswered.clear();
      world.board.queue([]);
      return { waiting: [], current: null };
    },
    receive(state, message, context) {
      const next = turnToNext(received(state, message), context);
      world.board.queue(next.waiting.map(toQueueItem));
      return next;
    },
  };
}

const toQueueItem = ({ job, sinceMs }: Queued): QueueItem => ({
  id: job.id,
  model: job.model,
  class: job.class,
  dialogue: job.dialogue,
  persona: job.persona,
  sinceMs,
  etaMs: null,
});

const unexpected = (error: unknown): Failure => ({
  kind: 'cut-off',
  detail: error instanceof Error ? error.message : String(error),
});
