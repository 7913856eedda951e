/**
 * One persona: takes turns to speak, asks the scheduler for the lane, and tells whoever asked how it went.
 * Knows nothing of dialogues or storage; while it thinks it still hears "stop".
 */
import type { Failure } from '#domain/failure.ts';
import type { PersonaState } from '#protocol/presence.ts';
import type { Job, LaneAccess, SchedulerMessage } from './gpu-scheduler.ts';
import type { ActorSpec, Ref } from './runtime/actor.ts';
import { speak, type Script, type SpeechResult, type Spoken } from './speech.ts';
import type { World } from './world.ts';

/** A turn to speak. `begin` is called when the lane is handed over and before the first word; it may throw. */
export type Assignment = Pick<Job, 'backend' | 'model' | 'numCtx' | 'class'> & {
  taskId: string;
  no: number;
  attempt: number;
  script: Script;
  begin(): void;
  done(result: TurnResult): void;
};

export type Delivered = Spoken & { waitMs: number; loadMs: number; swapped: boolean; startedAt: string };
export type TurnResult = { ok: true; delivered: Delivered } | { ok: false; failure: Failure };

export type PersonaMessage =
  | { type: 'speak'; assignment: Assignment }
  | { type: 'stop'; taskId: string }
  | { type: 'entered'; jobId: string; state: PersonaState }
  | { type: 'over'; jobId: string; result: TurnResult };

type Engagement = { assignment: Assignment; state: PersonaState };
type State = ReadonlyMap<string, Engagement>;

/** What is shown when a persona is engaged in several dialogues: the liveliest. */
const LIVELIEST: readonly PersonaState[] = ['speaking', 'thinking', 'loading', 'queued'];

type Stage = Pick<World, 'board' | 'clock' | 'newId' | 'publish'> & { scheduler: Ref<SchedulerMessage> };

export function persona(
  name: string,
  { board, clock, newId, publish, scheduler }: Stage,
): ActorSpec<State, PersonaMessage> {
  /** Assignments that nobody has answered yet; they outlive a crash of this actor only to be answered with it. */
  const unanswered = new Map<string, Assignment>();

  function answer(jobId: string, result: TurnResult): void {
    unanswered.get(jobId)?.done(result);
    unanswered.delete(jobId);
  }

  function jobFor(id: string, assignment: Assignment, self: Ref<PersonaMessage>): Job {
    const { taskId, no, attempt, script } = assignment;
    const enter = (state: PersonaState) => self.tell({ type: 'entered', jobId: id, state });
    const over = (result: TurnResult) => self.tell({ type: 'over', jobId: id, result });

    async function run(lane: LaneAccess, signal: AbortSignal): Promise<void> {
      assignment.begin();
      const startedAt = clock.now().toISOString();
      enter('thinking');
      const ears = {
        monotonicMs: clock.monotonicMs,
        speaking: () => enter('speaking'),
        delta: (from: number, text: string) => publish({ type: 'turn.delta', taskId, no, attempt, from, text }),
      };
      const result: SpeechResult = await speak(lane, script, ears, signal);
      if (signal.aborted) return;
      const { waitMs, loadMs, swapped } = lane;
      over(result.ok ? { ok: true, delivered: { ...result.spoken, waitMs, loadMs, swapped, startedAt } } : result);
    }

    const { backend, model, numCtx } = assignment;
    return {
      id,
      backend,
      model,
      numCtx,
      class: assignment.class,
      dialogue: taskId,
      persona: name,
      loading: () => enter('loading'),
      run,
      refused: (failure) => over({ ok: false, failure }),
    };
  }

  function show(state: State): State {
    const engagements = [...state.values()];
    const liveliest = LIVELIEST.map((wanted) => engagements.find((engagement) => engagement.state === wanted)).find(
      Boolean,
    );
    board.persona(name, { state: liveliest?.state ?? 'asleep', taskId: liveliest?.assignment.taskId ?? null });
    return state;
  }

  return {
    name,
    restart: { times: 3, withinMs: 30_000 },
    init() {
      for (const jobId of [...unanswered.keys()]) {
        scheduler.tell({ type: 'withdraw', id: jobId });
        answer(jobId, { ok: false, failure: { kind: 'cut-off', detail: `${name} had to be started again.` } });
      }
      return show(new Map());
    },
    receive(state, message, context) {
      const next = new Map(state);
      switch (message.type) {
        case 'speak': {
          const id = newId();
          unanswered.set(id, message.assignment);
          next.set(id, { assignment: message.assignment, state: 'queued' });
          scheduler.tell({ type: 'serve', job: jobFor(id, message.assignment, context.self) });
          return show(next);
        }
        case 'stop':
          for (const [id, { assignment }] of state) {
            if (assignment.taskId !== message.taskId) continue;
            scheduler.tell({ type: 'withdraw', id });
            unanswered.delete(id);
            next.delete(id);
          }
          return show(next);
        case 'entered': {
          const engagement = state.get(message.jobId);
          if (!engagement) return state;
          next.set(message.jobId, { ...engagement, state: message.state });
          return show(next);
        }
        case 'over': {
          answer(message.jobId, message.result);
          next.delete(message.jobId);
          return show(next);
        }
        default:
          return message satisfies never;
      }
    },
  };
}
