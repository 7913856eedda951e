/** The society as the journal tells it. The fold that makes it is in `fold.ts`. */
import { z } from 'zod';
import { Persona } from '#domain/codex.ts';
import { Policy } from '#domain/heuristics.ts';
import { Task } from '#domain/task.ts';

export const Society = z.object({
  personas: z.array(Persona),
  policies: z.array(Policy),
  activePolicy: z.string(),
  tasks: z.record(z.string(), Task).describe('Tasks in progress and the last that ended, by id.'),
  versions: z.object({ codex: z.int(), heuristics: z.int(), settings: z.int() }),
  lost: z.array(z.string()).describe('Backends that do not answer.'),
  faults: z
    .array(z.object({ actor: z.string(), reason: z.string(), at: z.string() }))
    .describe('The last actors that gave up.'),
});
export type Society = z.infer<typeof Society>;
