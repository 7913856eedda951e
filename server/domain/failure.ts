/** What can go wrong with a model, as values. Never a string that looks like an answer. */
import { z } from 'zod';

export const FailureKind = z.enum([
  'backend-unreachable',
  'model-missing',
  'out-of-memory',
  'timed-out',
  'cut-off',
  'bad-output',
  'cancelled',
]);
export type FailureKind = z.infer<typeof FailureKind>;

/** `detail` is one readable sentence; `remedy` says what the Architect can do, where there is something. */
export const Failure = z.object({ kind: FailureKind, detail: z.string(), remedy: z.string().optional() });
export type Failure = z.infer<typeof Failure>;

/** Failures that another try cannot mend; the task waits until the world has changed. */
export function needsTheWorldToChange(kind: FailureKind): boolean {
  return kind === 'model-missing';
}
