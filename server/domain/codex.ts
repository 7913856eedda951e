/** The Living Codex: who the personas are. Knows nothing of files, TOML or models that exist. */
import { z } from 'zod';
import { ModelName, Name } from './id.ts';

export const Persona = z.strictObject({
  name: Name.describe('How the persona is called and how others address it.'),
  modelKey: ModelName.describe('A key of [models] in settings.toml, or a model name that the backend knows.'),
  systemPrompt: z.string().trim().min(1).max(20_000).describe('Who the persona is, in its own words.'),
  temperature: z.number().min(0).max(2).optional().describe('Sampling temperature, 0 to 2; 0.7 when left out.'),
  numCtx: z
    .int()
    .min(512)
    .max(131_072)
    .optional()
    .describe('Context window in tokens; the backend decides when left out.'),
  maxTokens: z
    .int()
    .min(16)
    .max(4_096)
    .optional()
    .describe('Most tokens in one turn; [contrapunto.caps] when left out.'),
  tools: z.array(z.string()).optional().describe('Names of tools that the persona may use.'),
});
export type Persona = z.infer<typeof Persona>;

export const Codex = z
  .strictObject({
    version: z.string().min(1).describe('The edition of the codex, chosen by the Architect.'),
    persona: z.array(Persona).min(1).describe('The society, one table per persona.'),
  })
  .superRefine((codex, context) => {
    const seen = new Set<string>();
    for (const [index, { name }] of codex.persona.entries()) {
      if (seen.has(name))
        context.addIssue({
          code: 'custom',
          path: ['persona', index, 'name'],
          message: `"${name}" is named twice; every persona needs a name of its own`,
        });
      seen.add(name);
    }
  });
export type Codex = z.infer<typeof Codex>;
