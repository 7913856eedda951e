/** Policies in plain words that say when a dialogue has converged or stalled. Knows nothing of how they are read. */
import { z } from 'zod';
import { Name } from './id.ts';

export const Policy = z.strictObject({
  name: Name.describe('How the policy is chosen.'),
  description: z
    .string()
    .trim()
    .min(1)
    .max(8_000)
    .describe('When a dialogue has converged or stalled, in plain words.'),
});
export type Policy = z.infer<typeof Policy>;

export const Heuristics = z
  .strictObject({
    version: z.string().min(1).describe('The edition of the heuristics, chosen by the Architect.'),
    contrapuntoPolicy: z.array(Policy).min(1).describe('The policies, one table each.'),
  })
  .superRefine((heuristics, context) => {
    const seen = new Set<string>();
    for (const [index, { name }] of heuristics.contrapuntoPolicy.entries()) {
      if (seen.has(name))
        context.addIssue({
          code: 'custom',
          path: ['contrapuntoPolicy', index, 'name'],
          message: `"${name}" is named twice; every policy needs a name of its own`,
        });
      seen.add(name);
    }
  });
export type Heuristics = z.infer<typeof Heuristics>;
