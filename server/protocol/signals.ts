/** Droppable events: never stored, may be missed by a slow client. */
import { z } from 'zod';
import { Id } from '#domain/id.ts';

/** `from` is the offset of `text` in the turn, in UTF-16 code units, so that doubles are harmless and gaps visible. */
export const TurnDelta = z.object({
  type: z.literal('turn.delta'),
  taskId: Id,
  no: z.int().min(0),
  attempt: z.int().min(1),
  from: z.int().min(0),
  text: z.string(),
});
export type TurnDelta = z.infer<typeof TurnDelta>;

export const Signal = z.discriminatedUnion('type', [TurnDelta]);
export type Signal = z.infer<typeof Signal>;
