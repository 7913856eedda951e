/** Turns tokens into text as they come: never half a character, never a part of a stop sequence. Knows nothing of who reads it. */
import type { Token } from 'node-llama-cpp';

type Detokenizer = {
  detokenize(tokens: readonly Token[], specialTokens?: boolean, lastTokens?: readonly Token[]): string;
};

export type SpeechText = {
  /** The text that is certain now; '' while a character or a stop sequence may still be in the making. */
  push(token: Token): string;
  /** What was held back, when no more tokens come. */
  end(): string;
  readonly isStopped: boolean;
};

/** Tokens before the ones at hand that the detokenizer looks at, for the space between words. */
const LOOK_BACK = 4;
const HALF_CHARACTER = '\ufffd';

export function speechText(model: Detokenizer, stop: readonly string[]): SpeechText {
  let spoken: Token[] = [];
  let pending: Token[] = [];
  let held = '';
  let isStopped = false;

  return {
    push(token) {
      pending.push(token);
      const text = model.detokenize(pending, false, spoken);
      if (text.endsWith(HALF_CHARACTER) && pending.length < LOOK_BACK) return '';
      spoken = [...spoken, ...pending].slice(-LOOK_BACK);
      pending = [];
      held += text;
      const at = firstOf(held, stop);
      isStopped = at !== -1;
      const certain = isStopped ? held.slice(0, at) : held.slice(0, held.length - unsure(held, stop));
      held = isStopped ? '' : held.slice(certain.length);
      return certain;
    },
    end() {
      const text = held + (pending.length > 0 ? model.detokenize(pending, false, spoken) : '');
      pending = [];
      held = '';
      return text.replaceAll(HALF_CHARACTER, '');
    },
    get isStopped() {
      return isStopped;
    },
  };
}

function firstOf(text: string, stop: readonly string[]): number {
  const places = stop.map((word) => text.indexOf(word)).filter((place) => place !== -1);
  return places.length > 0 ? Math.min(...places) : -1;
}

/** Length of the longest end of `text` that a stop sequence begins with. */
function unsure(text: string, stop: readonly string[]): number {
  const lengths = stop.map((word) => {
    for (let length = Math.min(word.length - 1, text.length); length > 0; length -= 1)
      if (word.startsWith(text.slice(-length))) return length;
    return 0;
  });
  return Math.max(0, ...lengths);
}
