/** Turns a step of a dialogue into what is asked of a model: messages, seed, limits, and the stance to ask for. Deterministic. */
import { createHash } from 'node:crypto';
import type { Codex, Persona } from '#domain/codex.ts';
import { turnSeed, voicedTurns, type Step } from '#domain/contrapunto.ts';
import type { Policy } from '#domain/heuristics.ts';
import type { Caps } from '#domain/settings.ts';
import type { Mind, Task } from '#domain/task.ts';
import type { ChatMessage } from '#protocol/facts.ts';
import { stanceQuestion } from './prompts/stance.ts';
import { synthesisMessages } from './prompts/synthesis.ts';
import { talkMessages, voiceMessages } from './prompts/voice.ts';
import type { Script } from './speech.ts';

type Speak = Extract<Step, { do: 'speak' }>;
type Pinned = { codex: Codex; policy: Policy; caps: Caps };

export type TurnPlan = { mind: Mind; seed: number; messages: ChatMessage[]; promptSha256: string; script: Script };

const DEFAULT_TEMPERATURE = 0.7;
/** Room kept free for the stance, its question and the chat's own markup. */
const STANCE_ROOM = 900;

/** Throws when the pinned codex has no such persona or the task no mind for it: both are pinned when a task is made. */
export function planTurn(
  task: Task,
  { no, persona: name, kind }: Speak,
  { codex, policy, caps }: Pinned,
  attempt: number,
): TurnPlan {
  const persona = codex.persona.find((one) => one.name === name);
  const mind = task.minds[name];
  if (!persona || !mind) throw new Error(`${name} is not in the codex that this task was started with`);
  const maxTokens = persona.maxTokens ?? caps.tokensPerTurn;
  const budget = Math.max(256, mind.numCtx - maxTokens - STANCE_ROOM);
  const messages = messagesFor(task, { kind, persona, policy, budget });
  const seed = turnSeed(task.seed, no, attempt);
  const others = codex.persona.map((one) => one.name).filter((one) => one !== name);
  const script: Script = {
    speaker: name,
    others,
    request: {
      model: mind.model,
      messages,
      seed,
      temperature: persona.temperature ?? DEFAULT_TEMPERATURE,
      maxTokens,
      numCtx: mind.numCtx,
      stop: [],
      conversation: `${task.id}/${name}`,
    },
    stanceAfter:
      kind === 'blind' || kind === 'reply' || kind === 'dissent'
        ? (text) => askedStance(task, { name, messages, text })
        : null,
  };
  return { mind, seed, messages, promptSha256: sha256(messages), script };
}

function messagesFor(
  task: Task,
  { kind, persona, policy, budget }: { kind: Speak['kind']; persona: Persona; policy: Policy; budget: number },
): ChatMessage[] {
  if (kind === 'answer') return talkMessages(task, persona);
  if (kind === 'synthesis') return synthesisMessages(task, { persona, budget });
  return voiceMessages(task, { persona, policy: policy.description.trim(), budget });
}

function askedStance(
  { turns, personas }: Task,
  { name, messages, text }: { name: string; messages: ChatMessage[]; text: string },
) {
  const voiced = voicedTurns(turns);
  const other = personas.find((one) => one !== name) ?? name;
  const isBlind = !voiced.some((turn) => turn.persona === name);
  const unheard = isBlind ? voiced.filter((turn) => turn.persona === other) : [];
  const heard = voiced.length === 0 ? null : unheard;
  return stanceQuestion(messages, { text, self: name, other, heard });
}

const sha256 = (messages: readonly ChatMessage[]): string =>
  createHash('sha256').update(JSON.stringify(messages)).digest('hex');
