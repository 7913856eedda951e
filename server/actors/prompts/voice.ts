/**
 * What a voice is shown before it speaks: the talk from its own side, its own turns as its own, the other's as quoted input.
 * Messages only ever grow at the end, so that an evaluated prefix stays valid from turn to turn. Sizes in tokens.
 */
import type { Persona } from '#domain/codex.ts';
import { voicedTurns } from '#domain/contrapunto.ts';
import type { Task, Turn } from '#domain/task.ts';
import type { ChatMessage } from '#protocol/facts.ts';
import { quoted, template } from './template.ts';

const frame = template('voice');
const askBlind = template('ask-blind');
const askReply = template('ask-reply');
const talk = template('talk');

type Dialogue = Pick<Task, 'prompt' | 'personas' | 'turns'>;
type Side = { persona: Persona; policy: string; budget: number };

export function voiceMessages(task: Dialogue, { persona, policy, budget }: Side): ChatMessage[] {
  const self = persona.name;
  const other = task.personas.find((name) => name !== self) ?? self;
  const system = frame({ systemPrompt: persona.systemPrompt, self, other, policy });
  const first = askBlind({ prompt: task.prompt, self });
  const talkSoFar = exchanges(voicedTurns(task.turns), self, (heard) =>
    askReply({ heard: heardFrom(other, heard), policy, self, other }),
  );
  return fitted(
    [
      { role: 'system', content: system },
      { role: 'user', content: first },
    ],
    talkSoFar,
    budget,
  );
}

export function talkMessages({ prompt }: Pick<Task, 'prompt'>, { name: self, systemPrompt }: Persona): ChatMessage[] {
  return [
    { role: 'system', content: talk({ systemPrompt, self }) },
    { role: 'user', content: prompt },
  ];
}

export const heardFrom = (other: string, turns: readonly Turn[]): string =>
  `${other} said:\n${turns.map(({ text }) => quoted(text)).join('\n>\n')}`;

/** From the first own turn on: own words, then what the other said since, as one message. */
function exchanges(turns: readonly Turn[], self: string, ask: (heard: Turn[]) => string): ChatMessage[] {
  const messages: ChatMessage[] = [];
  let heard: Turn[] = [];
  for (const turn of turns) {
    if (turn.persona !== self) {
      heard.push(turn);
      continue;
    }
    if (messages.length > 0) messages.push({ role: 'user', content: ask(heard) });
    if (messages.length > 0) heard = [];
    messages.push({ role: 'assistant', content: turn.text });
  }
  if (messages.length > 0 && heard.length > 0) messages.push({ role: 'user', content: ask(heard) });
  return messages;
}

/** Three characters a token is on the safe side for the models and languages in use. */
export const roughTokens = (text: string): number => Math.ceil(text.length / 3) + 8;

/** Leaves out the oldest exchanges, whole and said so, until the rest fits; the opening and the last exchange always stay. */
function fitted(opening: ChatMessage[], exchange: ChatMessage[], budget: number): ChatMessage[] {
  const size = (messages: readonly ChatMessage[]) =>
    messages.reduce((sum, { content }) => sum + roughTokens(content), 0);
  let kept = exchange;
  while (kept.length > 2 && size(opening) + size(kept) > budget) kept = kept.slice(2);
  if (kept.length === exchange.length) return [...opening, ...exchange];
  const [system, ask] = opening as [ChatMessage, ChatMessage];
  const note = `${ask.content}\n\n(${(exchange.length - kept.length) / 2} earlier exchanges are left out here.)`;
  return [system, { ...ask, content: note }, ...kept];
}
