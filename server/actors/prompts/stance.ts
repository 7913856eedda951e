/** Asks a persona for its stance after a turn, and reads the reply. A reply that cannot be read is "not stated", never a guess. */
import { z } from 'zod';
import { Stance } from '#domain/stance.ts';
import type { Turn } from '#domain/task.ts';
import type { ChatMessage } from '#protocol/facts.ts';
import type { JsonSchema } from '#ports/model-backend.ts';
import { template } from './template.ts';
import { heardFrom } from './voice.ts';

const ask = template('stance');
const towards = template('stance-towards');

const sentence = z.string().min(1).max(120);

/** What the model may write: short, so that small models come to the end of it. */
const Reply = z.object({
  position: sentence,
  contests: z.array(z.object({ claim: sentence, why: sentence })).max(2),
  concedes: z.array(z.object({ claim: sentence, because: sentence })).max(2),
  agreement: z.int().min(-2).max(2),
  newPoints: z.array(sentence).max(2),
});
const FirstReply = Reply.pick({ position: true, newPoints: true });

export type StanceQuestion = { messages: ChatMessage[]; schema: JsonSchema; read(reply: string): Reading };
type Reading = { ok: true; stance: Stance } | { ok: false; problem: string };

/** `heard` is what the other has said that the persona has not seen yet; null when nobody has spoken before it. */
export function stanceQuestion(
  spoken: readonly ChatMessage[],
  { text, self, other, heard }: { text: string; self: string; other: string; heard: readonly Turn[] | null },
): StanceQuestion {
  const schema = heard ? Reply : FirstReply;
  const content = ask({
    self,
    heard: heard && heard.length > 0 ? `${heardFrom(other, heard)}\n\n` : '',
    ask: heard ? `${towards({ other })}\n` : '',
  });
  const { $schema: _, ...jsonSchema } = z.toJSONSchema(schema);
  return {
    messages: [...spoken, { role: 'assistant', content: text }, { role: 'user', content }],
    schema: jsonSchema,
    read: (reply) => readStance(reply, schema),
  };
}

export function repairQuestion(question: StanceQuestion, reply: string, problem: string): ChatMessage[] {
  return [
    ...question.messages,
    { role: 'assistant', content: reply },
    { role: 'user', content: `That is not valid: ${problem}. Write the JSON again, whole and short.` },
  ];
}

function readStance(reply: string, schema: typeof Reply | typeof FirstReply): Reading {
  let json: unknown;
  try {
    json = JSON.parse(reply);
  } catch {
    return { ok: false, problem: 'it does not end as JSON' };
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) return { ok: false, problem: z.prettifyError(parsed.error).replace(/\s+/g, ' ') };
  const stance = Stance.safeParse({ contests: [], concedes: [], agreement: null, ...parsed.data });
  return stance.success ? { ok: true, stance: stance.data } : { ok: false, problem: 'a text in it is empty' };
}
