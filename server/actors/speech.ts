/**
 * Speaks one turn on a lane that is ours: streams the words, then asks for the stance in the same residency.
 * Knows nothing of queues, dialogues or storage. Durations in milliseconds.
 */
import type { Failure } from '#domain/failure.ts';
import type { Stance } from '#domain/stance.ts';
import type { Finish } from '#domain/task.ts';
import { utterance } from '#domain/utterance.ts';
import type { ModelRequest, Usage } from '#ports/model-backend.ts';
import type { ChatMessage } from '#protocol/facts.ts';
import type { LaneAccess } from './gpu-scheduler.ts';
import { repairQuestion, type StanceQuestion } from './prompts/stance.ts';

export type Script = {
  request: Omit<ModelRequest, 'messages'> & { messages: ChatMessage[] };
  speaker: string;
  others: readonly string[];
  /** The question to ask when the words are known; null where no stance is wanted. */
  stanceAfter: ((text: string) => StanceQuestion) | null;
};

export type Spoken = {
  text: string;
  finish: Finish;
  stance: Stance | null;
  firstTokenMs: number;
  durationMs: number;
  usage: Usage;
};

export type SpeechResult = { ok: true; spoken: Spoken } | { ok: false; failure: Failure };

type Ears = { monotonicMs(): number; speaking(): void; delta(from: number, text: string): void };

/** A stance is short; more tokens than this and it has lost its way. */
const STANCE_TOKENS = 360;
const NOTHING: Usage = { promptTokens: 0, evaluatedTokens: 0, completionTokens: 0 };

export async function speak(lane: LaneAccess, script: Script, ears: Ears, signal: AbortSignal): Promise<SpeechResult> {
  const words = await sayWords(lane, script, ears, signal);
  if (!words.ok || !script.stanceAfter) return words;
  const stance = await askStance(lane, script, words.spoken.text, signal);
  if (signal.aborted) return { ok: false, failure: { kind: 'cancelled', detail: 'The turn was stopped.' } };
  return { ok: true, spoken: { ...words.spoken, stance } };
}

async function sayWords(
  lane: LaneAccess,
  { request, speaker, others }: Script,
  ears: Ears,
  signal: AbortSignal,
): Promise<SpeechResult> {
  const words = utterance({ speaker, others });
  const halted = new AbortController();
  const started = ears.monotonicMs();
  let firstTokenMs: number | null = null;
  let finish: Finish = 'stop';
  let usage: Usage = NOTHING;
  let pieces = 0;

  const show = (shown: string) => {
    if (shown === '') return;
    if (firstTokenMs === null) {
      firstTokenMs = ears.monotonicMs() - started;
      ears.speaking();
    }
    ears.delta(words.text.length - shown.length, shown);
  };

  for await (const event of lane.stream(request, AbortSignal.any([signal, halted.signal]))) {
    if (event.type === 'failed' && !words.halt) return { ok: false, failure: event.failure };
    if (event.type === 'finished') finish = event.finish;
    if (event.type !== 'delta') usage = event.usage ?? { ...NOTHING, completionTokens: pieces };
    if (event.type !== 'delta') continue;
    pieces += 1;
    show(words.push(event.text));
    if (words.halt) halted.abort();
  }
  show(words.end());
  if (signal.aborted) return { ok: false, failure: { kind: 'cancelled', detail: 'The turn was stopped.' } };
  if (words.halt) finish = words.halt === 'loop' ? 'loop' : 'stop';
  if (words.text === '') return { ok: false, failure: { kind: 'bad-output', detail: `${speaker} said nothing.` } };
  const durationMs = ears.monotonicMs() - started;
  return {
    ok: true,
    spoken: { text: words.text, finish, stance: null, firstTokenMs: firstTokenMs ?? durationMs, durationMs, usage },
  };
}

/** One try and one repair; whatever goes wrong, the words stand and the stance is "not stated". */
async function askStance(
  lane: LaneAccess,
  { request, stanceAfter }: Script,
  text: string,
  signal: AbortSignal,
): Promise<Stance | null> {
  if (!stanceAfter) return null;
  const question = stanceAfter(text);
  let messages = question.messages;
  for (const isLast of [false, true]) {
    const reply = await collect(
      lane,
      { ...request, messages, schema: question.schema, maxTokens: STANCE_TOKENS, temperature: 0.2, stop: [] },
      signal,
    );
    if (reply === null) return null;
    const reading = question.read(reply);
    if (reading.ok) return reading.stance;
    if (!isLast) messages = repairQuestion(question, reply, reading.problem);
  }
  return null;
}

async function collect(lane: LaneAccess, request: ModelRequest, signal: AbortSignal): Promise<string | null> {
  let text = '';
  for await (const event of lane.stream(request, signal)) {
    if (event.type === 'failed') return null;
    if (event.type === 'delta') text += event.text;
  }
  return text;
}
