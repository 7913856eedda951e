import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Token } from 'node-llama-cpp';
import { speechText } from './speech-text.ts';

/** One token per byte, the worst that a tokenizer can do. */
const bytes = { detokenize: (tokens: readonly Token[]) => Buffer.from(tokens as readonly number[]).toString('utf8') };
const tokensOf = (text: string): Token[] => [...Buffer.from(text)] as Token[];

function speak(text: string, stop: string[] = []): { pieces: string[]; isStopped: boolean } {
  const speech = speechText(bytes, stop);
  const pieces: string[] = [];
  for (const token of tokensOf(text)) {
    pieces.push(speech.push(token));
    if (speech.isStopped) return { pieces, isStopped: true };
  }
  return { pieces: [...pieces, speech.end()], isStopped: false };
}

test('pieces join to the text, and none holds half a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      fc.pre(!text.includes('\ufffd'));
      const { pieces } = speak(text);
      expect(pieces.join('')).toBe(text);
      expect(pieces.every((piece) => piece.isWellFormed() && !piece.includes('\ufffd'))).toBe(true);
    }),
  );
});

test('nothing of a stop sequence is said, and nothing before it is lost', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 1, maxLength: 4 }), fc.string(), (before, stop, after) => {
      const text = before + stop + after;
      const { pieces, isStopped } = speak(text, [stop]);
      expect(isStopped).toBe(true);
      expect(pieces.join('')).toBe(text.slice(0, text.indexOf(stop)));
    }),
  );
});

test('the beginning of a stop sequence that does not come is said in the end', () => {
  expect(speak('one\nTwo', ['\nTwo:', 'Twofold'])).toMatchObject({ isStopped: false });
  expect(speak('one\nTwo', ['\nTwo:', 'Twofold']).pieces.join('')).toBe('one\nTwo');
});

test('half a character at the very end is left out', () => {
  const speech = speechText(bytes, []);
  const [first] = tokensOf('é');
  expect(speech.push(first as Token) + speech.end()).toBe('');
});
