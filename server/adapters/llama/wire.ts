/** What the server and the child process that holds a model say to each other. Knows nothing of llama.cpp or of processes. */
import { z } from 'zod';
import { Failure } from '#domain/failure.ts';
import { ChatMessage } from '#protocol/facts.ts';

const count = z.int().min(0);
const Usage = z.object({ promptTokens: count, evaluatedTokens: count, completionTokens: count });

export const SpeakRequest = z.object({
  messages: z.array(ChatMessage).min(1),
  seed: z.int(),
  temperature: z.number().min(0),
  maxTokens: z.int().min(1),
  stop: z.array(z.string()),
  schema: z.record(z.string(), z.unknown()).nullable(),
  conversation: z.string(),
});
export type SpeakRequest = z.infer<typeof SpeakRequest>;

/** From the server to the child. `load` comes once and first; `id` tells one stream from another. */
export const Order = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('load'),
    path: z.string(),
    contextSize: z.int().min(1).describe('Tokens; less where the model was trained for less.'),
    conversations: z.int().min(1).describe('How many evaluated contexts are kept.'),
    gpu: z.union([z.literal('auto'), z.literal(false)]),
    threads: z.int().min(1),
  }),
  z.object({ type: z.literal('speak'), id: count, request: SpeakRequest }),
  z.object({ type: z.literal('cancel'), id: count }),
]);
export type Order = z.infer<typeof Order>;

/** From the child to the server. After the terminal `finished` or `failed` of an `id` nothing more comes for it. */
export const Report = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('loaded'), vramBytes: count }),
  z.object({ type: z.literal('not-loaded'), failure: Failure }),
  z.object({ type: z.literal('delta'), id: count, text: z.string() }),
  z.object({ type: z.literal('finished'), id: count, finish: z.enum(['stop', 'length']), usage: Usage }),
  z.object({ type: z.literal('failed'), id: count, failure: Failure, usage: Usage.optional() }),
]);
export type Report = z.infer<typeof Report>;
