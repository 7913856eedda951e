/**
 * The root: who exists, and what the Architect may ask of them. Spawns a Soma for every task in progress and ends it again.
 * Knows nothing of HTTP, models or storage formats.
 */
import { assignVoices, hasMind, mindsFor, type Voice } from '#domain/minds.ts';
import { newTask, type Unanswerable } from '#domain/new-task.ts';
import { performanceOf } from '#domain/performance.ts';
import type { Mind, NewTask, Task, TaskChange, TaskSummary } from '#domain/task.ts';
import { isOver } from '#domain/task-terms.ts';
import type { Idempotency } from '#ports/journal.ts';
import { backendWatch, type Descriptions } from './backend-watch.ts';
import { gpuScheduler } from './gpu-scheduler.ts';
import { persona, type PersonaMessage } from './persona.ts';
import type { ActorSpec, Context, Ref } from './runtime/actor.ts';
import { soma } from './soma.ts';
import type { World } from './world.ts';

export type Refusal =
  Unanswerable | { ok: false; code: 'unknown-task' | 'wrong-state'; detail: string; path?: undefined };
export type Answer = { ok: true; task: Task } | Refusal;

/** `remember` turns the new task into the answer that is stored with it under the request's Idempotency-Key. */
type Create = { type: 'create'; task: NewTask; remember?: (task: Task) => Idempotency };
type Act = { type: 'act'; act: 'cancel' | 'pause' | 'resume'; taskId: string };
type Change = { type: 'change'; taskId: string; change: TaskChange };
type Reply = { reply: (answer: Answer) => void; failed: (error: unknown) => void };

export type SocietyMessage =
  | ((Create | Act | Change) & Reply)
  | { type: 'backends'; descriptions: Descriptions }
  | { type: 'soma-ended'; taskId: string }
  | { type: 'child-gave-up'; child: string; reason: string };

type State = {
  somas: ReadonlyMap<string, Ref<never>>;
  personas: ReadonlyMap<string, Ref<PersonaMessage>>;
  descriptions: Descriptions | null;
  voices: readonly Voice[];
};

export type SocietyView = { descriptions(): Descriptions | null };

/** `backendsKnown` is called whenever the backends have been looked at and found changed, the first time included. */
type Surroundings = World & { backendsKnown(): void };

export function society(world: Surroundings): { spec: ActorSpec<State, SocietyMessage>; view: SocietyView } {
  const { journal, store, settings, board, clock } = world;
  let seen: Descriptions | null = null;

  function castPersonas(context: Context<SocietyMessage>): Map<string, Ref<PersonaMessage>> {
    const scheduler = context.spawn(gpuScheduler(world));
    const names = journal.society.personas.map(({ name }) => name);
    board.cast(names);
    return new Map(names.map((name) => [name, context.spawn(persona(name, { ...world, scheduler }))]));
  }

  function begin(state: State, taskId: string, context: Context<SocietyMessage>): State {
    if (state.somas.has(taskId)) return state;
    const spec = soma(taskId, {
      ...world,
      personaCalled: (name) => state.personas.get(name),
      ended: (id) => context.self.tell({ type: 'soma-ended', taskId: id }),
      digestOf: ({ backend, model }) => seen?.[backend]?.models.find(({ name }) => name === model)?.digest ?? null,
    });
    return { ...state, somas: new Map(state.somas).set(taskId, context.spawn(spec)) };
  }

  /** Ends the Soma and silences whoever speaks for it; what was not committed is said again later. */
  function end(state: State, taskId: string, context: Context<SocietyMessage>): State {
    const ref = state.somas.get(taskId);
    if (ref) context.stop(ref);
    for (const one of state.personas.values()) one.tell({ type: 'stop', taskId });
    const somas = new Map(state.somas);
    somas.delete(taskId);
    return { ...state, somas };
  }

  const mindsOf = (names: readonly string[], voices: readonly Voice[]): Task['minds'] =>
    mindsFor(names, { voices, settings, personas: journal.society.personas, backends: seen ?? {} });

  function create({ voices }: State, { task: asked, remember }: Create): Answer {
    const made = newTask(asked, {
      ...journal.society,
      mindsOf: (names) => mindsOf(names, voices),
      id: world.newId(),
      at: clock.now().toISOString(),
      seed: asked.seed ?? world.newSeed(),
    });
    if (made.ok) journal.commit([{ type: 'task.created', task: made.task }], remember?.(made.task));
    return made;
  }

  function act(
    state: State,
    { act: what, taskId }: Act,
    context: Context<SocietyMessage>,
  ): { state: State; answer: Answer } {
    const task = store.task(taskId);
    if (!task) return { state, answer: { ok: false, code: 'unknown-task', detail: `There is no task ${taskId}.` } };
    const wrong = (detail: string) => ({ state, answer: { ok: false as const, code: 'wrong-state' as const, detail } });
    if (isOver(task.status)) return wrong(`This task is ${task.status} already.`);
    if (what === 'pause' && task.status === 'paused') return wrong('This task is paused already.');
    if (what === 'resume' && task.status !== 'paused')
      return wrong(`Only a paused task can be resumed; this one is ${task.status}.`);
    if (what === 'resume') {
      journal.commit([{ type: 'task.resumed', taskId, by: 'architect', ...freshMinds(state, task) }]);
      return { state: begin(state, taskId, context), answer: answerFor(taskId) };
    }
    if (what === 'pause') {
      const remedy = 'Resume it when you like.';
      journal.commit([
        {
          type: 'task.paused',
          taskId,
          reason: 'architect',
          detail: 'Paused by the Architect.',
          remedy,
          by: 'architect',
        },
      ]);
    }
    if (what === 'cancel') {
      const { dissent, synthesis } = task;
      const performance = performanceOf(task.turns);
      journal.commit([
        {
          type: 'task.finished',
          taskId,
          status: 'cancelled',
          outcome: null,
          reason: 'Cancelled by the Architect.',
          synthesis,
          dissent,
          performance,
        },
      ]);
    }
    return { state: end(state, taskId, context), answer: answerFor(taskId) };
  }

  function change({ taskId, change: parts }: Change): Answer {
    const known = answerFor(taskId);
    if (!known.ok) return known;
    journal.commit([{ type: 'task.changed', taskId, ...parts }]);
    return answerFor(taskId);
  }

  function answerFor(taskId: string): Answer {
    const task = store.task(taskId);
    return task ? { ok: true, task } : { ok: false, code: 'unknown-task', detail: `There is no task ${taskId}.` };
  }

  /** A task that nobody has spoken in yet takes the minds that are there now; one that has begun keeps its own. */
  function freshMinds(
    { voices }: State,
    task: Pick<Task, 'id' | 'minds'>,
  ): { minds?: Task['minds']; backend?: Task['backend'] } {
    if ((store.task(task.id)?.turns.length ?? 0) > 0) return {};
    const minds = mindsOf(Object.keys(task.minds), voices);
    return { minds, backend: Object.values(minds)[0]?.backend };
  }

  /** Wakes the tasks that only waited for a mind, once all their minds are there. */
  function wakeWaiting(state: State, returned: ReadonlySet<string>, context: Context<SocietyMessage>): State {
    return store.unfinished().reduce((current, task) => {
      if (task.status !== 'paused' || !waitsForTheWorld(task, returned)) return current;
      const fresh = freshMinds(current, task);
      if (!Object.values(fresh.minds ?? task.minds).every((mind) => hasMind(mind, seen ?? {}))) return current;
      journal.commit([{ type: 'task.resumed', taskId: task.id, by: 'system', ...fresh }]);
      return begin(current, task.id, context);
    }, state);
  }

  function backendsSeen(state: State, descriptions: Descriptions, context: Context<SocietyMessage>): State {
    const before = seen;
    seen = descriptions;
    const voices = assignVoices(journal.society.personas, settings, descriptions);
    for (const { persona: name, wanted, mind, note } of voices) {
      board.persona(name, { wanted, note, backend: mind?.backend ?? null, model: mind?.model ?? null });
    }
    const returned = Object.entries(descriptions).filter(
      ([kind, one]) => one.reachable && before?.[kind as Mind['backend']]?.reachable === false,
    );
    world.backendsKnown();
    return wakeWaiting({ ...state, descriptions, voices }, new Set(returned.map(([kind]) => kind)), context);
  }

  const spec: ActorSpec<State, SocietyMessage> = {
    name: 'society',
    restart: { times: 1, withinMs: 60_000 },
    childGaveUp: (child, reason) => ({ type: 'child-gave-up', child, reason }),
    init(context) {
      const personas = castPersonas(context);
      const none: State = { somas: new Map(), personas, descriptions: null, voices: [] };
      context.spawn(
        backendWatch({ ...world, changed: (descriptions) => context.self.tell({ type: 'backends', descriptions }) }),
      );
      const running = store.unfinished().filter(({ status }) => status !== 'paused');
      return running.reduce((state, { id }) => begin(state, id, context), none);
    },
    receive(state, message, context) {
      switch (message.type) {
        case 'create':
        case 'act':
        case 'change':
          return answered(state, message, context);
        case 'backends':
          return backendsSeen(state, message.descriptions, context);
        case 'soma-ended':
          return end(state, message.taskId, context);
        case 'child-gave-up':
          return gaveUp(state, message, context);
        default:
          return message satisfies never;
      }
    },
  };

  /** A fault of storing is the asker's answer, not a crash of the society. */
  function answered(state: State, message: (Create | Act | Change) & Reply, context: Context<SocietyMessage>): State {
    try {
      if (message.type === 'change') {
        message.reply(change(message));
        return state;
      }
      if (message.type === 'act') {
        const { state: next, answer } = act(state, message, context);
        message.reply(answer);
        return next;
      }
      const answer = create(state, message);
      message.reply(answer);
      return answer.ok ? begin(state, answer.task.id, context) : state;
    } catch (error) {
      message.failed(error);
      return state;
    }
  }

  function gaveUp(
    state: State,
    { child, reason }: { child: string; reason: string },
    context: Context<SocietyMessage>,
  ): State {
    const taskId = [...state.somas.keys()].find((id) => child === `soma-${id}`);
    if (!taskId) return state;
    journal.commit([
      {
        type: 'task.paused',
        taskId,
        reason: 'soma-failed',
        detail: reason,
        remedy: 'Resume it, or cancel it.',
        by: 'system',
      },
    ]);
    return end(state, taskId, context);
  }

  return { spec, view: { descriptions: () => seen } };
}

/** What was paused for want of a mind goes on when the mind is there; after other failures, when its backend has come back. */
function waitsForTheWorld(
  { reason, backend }: Pick<TaskSummary, 'reason' | 'backend'>,
  returned: ReadonlySet<string>,
): boolean {
  if (reason === 'backend-unreachable' || reason === 'model-missing') return true;
  return (reason === 'cut-off' || reason === 'timed-out') && returned.has(backend);
}
