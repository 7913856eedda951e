/** Bodies and answers of the REST routes that are not domain shapes already. */
import { z } from 'zod';
import { TaskStatus, TaskSummary } from '#domain/task.ts';
import { BackendKind } from '#domain/settings.ts';
import { Presence } from './presence.ts';
import { Society } from './society.ts';

export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string().describe('A stable kebab-case word.'),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof Problem>;

export const HealthCheck = z.object({
  name: z.string(),
  ok: z.boolean(),
  detail: z.string(),
  remedy: z.string().nullable(),
});
export type HealthCheck = z.infer<typeof HealthCheck>;

export const Health = z.object({
  status: z.enum(['ready', 'degraded']),
  version: z.string(),
  backend: z.object({ kind: BackendKind, reachable: z.boolean(), version: z.string().nullable(), detail: z.string() }),
  checks: z.array(HealthCheck),
});
export type Health = z.infer<typeof Health>;

export const SocietyState = z.object({ seq: z.int().min(0), runId: z.string(), society: Society, presence: Presence });

export const TaskQuery = z.object({
  status: TaskStatus.optional(),
  q: z.string().min(1).max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
});
export type TaskQuery = z.infer<typeof TaskQuery>;

export const TaskPage = z.object({ items: z.array(TaskSummary), nextCursor: z.string().nullable() });
export type TaskPage = z.infer<typeof TaskPage>;

/** The domain's shapes for those who may import the protocol only (the browser); its words are in `terms.ts`. */
export type { Task, TaskSummary, Turn, Verdict } from '#domain/task.ts';
