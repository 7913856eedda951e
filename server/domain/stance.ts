/** What a persona declares about its position after a turn. Knows nothing of prompts or models. */
import { z } from 'zod';

const line = (max: number) => z.string().trim().min(1).max(max);

/**
 * `agreement` runs from -2 (opposed) to 2 (agreed); null on the very first turn, when there is nothing yet to agree with.
 * Lists hold at most three entries, so that a small model can finish them.
 */
export const Stance = z.object({
  position: line(300),
  contests: z.array(z.object({ claim: line(200), why: line(200) })).max(3),
  concedes: z.array(z.object({ claim: line(200), because: line(200) })).max(3),
  agreement: z.int().min(-2).max(2).nullable(),
  newPoints: z.array(line(200)).max(3),
});
export type Stance = z.infer<typeof Stance>;
