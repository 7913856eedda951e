import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utterance } from './utterance.ts';

const rules = { speaker: 'BRICK', others: ['ROBIN', 'ALFRED'] };

function speak(pieces: readonly string[]) {
  const words = utterance(rules);
  const shown = pieces.map((piece) => words.push(piece));
  shown.push(words.end());
  return { text: words.text, halt: words.halt, shown };
}

describe('an utterance', () => {
  test('drops space at both ends but keeps it inside', () => {
    expect(speak(['  \n Two ', ' paragraphs.', ' \n\n']).text).toBe('Two  paragraphs.');
  });

  test('loses its own label, however it is dressed', () => {
    for (const label of ['BRICK: ', '**BRICK**: ', '**BRICK:** ', '[BRICK]: '])
      expect(speak([`${label}Nine exist.`]).text).toBe('Nine exist.');
  });

  test('stops before it writes the lines of another, whatever the pieces', () => {
    const whole = 'Nine exist.\n**ROBIN:** But how do you feel?';
    for (let cut = 0; cut <= whole.length; cut++) {
      expect(speak([whole.slice(0, cut), whole.slice(cut)])).toMatchObject({
        text: 'Nine exist.',
        halt: 'other-voice',
      });
    }
  });

  test('may speak of another in the middle of a line', () => {
    const said = 'I agree with ROBIN: rest first.\nROBINS fly south.';
    expect(speak([...said])).toMatchObject({ text: said, halt: null });
  });

  test('stops when it says the same eight words six times', () => {
    const { text, halt } = speak(Array.from({ length: 60 }, () => 'the river does not rest by stopping it '));
    expect(halt).toBe('loop');
    expect(text.length).toBeLessThan(60 * 20);
  });

  test('never shows half a character', () => {
    const { shown, text } = speak(['a\ud83e', '\udd87b']);
    expect(text).toBe('a🦇b');
    for (const piece of shown) expect(piece.isWellFormed()).toBe(true);
  });

  test('what it shows, joined, is its text, for any words in any pieces', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\n', ' ', 'ROBIN', ':', 'BRICK:', '\ud83e'))),
        (pieces) => {
          const { shown, text } = speak(pieces);
          expect(shown.join('')).toBe(text);
          expect(text).toBe(text.trim());
          expect(text.isWellFormed()).toBe(true);
        },
      ),
    );
  });
});
