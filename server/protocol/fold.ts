/**
 * The one fold that makes the society of its facts. Runs in the server, the browser and the tests alike; of the schemas it
 * knows only the types, so that the browser need not carry them.
 */
import type { Task } from '#domain/task.ts';
import { isOver } from '#domain/task-terms.ts';
import type { Entry } from './facts.ts';
import type { Society } from './society.ts';

/** How many ended tasks stay in the folded state; older ones are asked for by id. */
const ENDED_KEPT = 12;

export const emptySociety = (): Society => ({
  personas: [],
  policies: [],
  activePolicy: '',
  tasks: {},
  versions: { codex: 0, heuristics: 0, settings: 0 },
  lost: [],
  faults: [],
});

/** Changes `society` in place by one entry. Facts about tasks that are no longer kept are passed over. */
export function applyFact(society: Society, { event, at }: Entry): void {
  switch (event.type) {
    case 'config.changed':
      society.versions[event.file] = event.version;
      if (event.file === 'codex') society.personas = event.document.persona;
      if (event.file === 'heuristics') society.policies = event.document.contrapuntoPolicy;
      if (event.file === 'settings') society.activePolicy = event.document.autopoiesis.activeContrapuntoPolicy;
      return;
    case 'backend.lost':
      society.lost = [...new Set([...society.lost, event.backend])];
      return;
    case 'backend.found':
      society.lost = society.lost.filter((backend) => backend !== event.backend);
      return;
    case 'actor.gave-up':
      society.faults = [...society.faults.slice(-9), { actor: event.actor, reason: event.reason, at }];
      return;
    case 'task.created':
      society.tasks[event.task.id] = event.task;
      forgetOldest(society);
      return;
    case 'server.started':
    case 'config.rejected':
    case 'actor.crashed':
      return;
    default: {
      const task = society.tasks[event.taskId];
      if (task) society.tasks[event.taskId] = foldTask(task, event, at);
      if (event.type === 'task.finished') forgetOldest(society);
    }
  }
}

type TaskFact = Extract<Entry['event'], { taskId: string }>;

/** The task after one fact about it. Returns a new object; `task` is left as it was. */
export function foldTask(before: Task, fact: TaskFact, at: string): Task {
  const task = { ...before, updatedAt: at };
  switch (fact.type) {
    case 'task.started':
      return { ...task, status: 'running' };
    case 'task.resumed':
      return {
        ...task,
        status: 'running',
        reason: null,
        remedy: null,
        backend: fact.backend ?? task.backend,
        minds: fact.minds ?? task.minds,
      };
    case 'task.paused':
      return { ...task, status: 'paused', reason: fact.reason, remedy: fact.remedy };
    case 'task.finished':
      return {
        ...task,
        status: fact.status,
        outcome: fact.outcome,
        reason: fact.reason,
        remedy: null,
        synthesis: fact.synthesis,
        dissent: fact.dissent,
        performance: fact.performance,
      };
    case 'turn.committed':
      return { ...task, turns: [...task.turns, fact.turn] };
    case 'attempt.failed': {
      const { no, attempt, persona, reason, detail } = fact;
      return { ...task, attempts: [...task.attempts, { no, attempt, persona, reason, detail, at }] };
    }
    case 'verdict.reached':
      return { ...task, verdicts: [...task.verdicts, fact.verdict] };
    case 'task.changed': {
      const { title = task.title, archived = task.archived, rating = task.rating } = fact;
      return { ...task, title, archived, rating };
    }
    case 'turn.started':
      return { ...task, status: 'running' };
    case 'turn.intended':
      return task;
    default:
      return fact satisfies never;
  }
}

function forgetOldest(society: Society): void {
  const ended = Object.values(society.tasks).filter((task) => isOver(task.status));
  ended.sort((a, b) => (a.id < b.id ? 1 : -1));
  for (const task of ended.slice(ENDED_KEPT)) delete society.tasks[task.id];
}
