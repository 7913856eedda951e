/** What can be said of a task without its schemas. Imports no package, so that the browser can carry it in its first view. */
import type { TaskStatus, TurnKind } from './task.ts';

export const PROMPT_LIMIT = 32_000;

/** Turns that the policy's numbers count: what the two voices say. */
export const VOICED: readonly TurnKind[] = ['blind', 'reply', 'dissent'];

export const isOver = (status: TaskStatus): boolean =>
  status === 'done' || status === 'cancelled' || status === 'failed';
