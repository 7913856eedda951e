import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GAP, hasGap, shownText, startedTurn, withPiece, type LiveText } from './live-text.ts';

const piece = (from: number, text: string, { no = 0, attempt = 1 } = {}) => ({ no, attempt, from, text });
const heard = (...pieces: ReturnType<typeof piece>[]): LiveText => pieces.reduce(withPiece, startedTurn(0, 1));

describe('the words of a turn while it is spoken', () => {
  test('pieces in order join to the text', () => {
    expect(shownText(heard(piece(0, 'Rest '), piece(5, 'first.')))).toBe('Rest first.');
  });

  test('a piece heard twice changes nothing', () => {
    const once = heard(piece(0, 'Rest '), piece(5, 'first.'));
    expect(shownText(withPiece(once, piece(0, 'Rest ')))).toBe('Rest first.');
  });

  test('a whole text from 0, as a rejoining client gets it, takes up what was known and what was missing', () => {
    const partly = heard(piece(0, 'Rest '), piece(11, ' Then write.'));
    expect(shownText(withPiece(partly, piece(0, 'Rest first. Then write.')))).toBe('Rest first. Then write.');
  });

  test('a gap is shown where words are missing, and closes when they arrive', () => {
    const gappy = heard(piece(0, 'Rest '), piece(11, ' Then write.'));
    expect(hasGap(gappy)).toBe(true);
    expect(shownText(gappy)).toBe(`Rest ${GAP} Then write.`);
    const closed = withPiece(gappy, piece(5, 'first.'));
    expect(hasGap(closed)).toBe(false);
    expect(shownText(closed)).toBe('Rest first. Then write.');
  });

  test('words missing at the beginning are a gap as well', () => {
    const headless = heard(piece(5, 'first.'));
    expect(hasGap(headless)).toBe(true);
    expect(shownText(headless)).toBe('[…] first.');
  });

  test('a new attempt begins from nothing, and a late piece of the old one is passed over', () => {
    const again = withPiece(heard(piece(0, 'Rest ')), piece(0, 'Write', { attempt: 2 }));
    expect(again).toEqual({ no: 0, attempt: 2, stretches: [{ from: 0, text: 'Write' }] });
    expect(withPiece(again, piece(5, 'first.'))).toBe(again);
  });

  test('a later turn begins from nothing, whatever its attempt', () => {
    const later = withPiece(heard(piece(0, 'Rest ')), piece(0, 'No.', { no: 1 }));
    expect(shownText(later)).toBe('No.');
  });

  test('however pieces are cut, repeated, overlapped and shuffled, no character is lost or doubled', () => {
    const cuts = (text: string) =>
      fc
        .array(fc.tuple(fc.nat(text.length), fc.nat(text.length)), { maxLength: 12 })
        .map((pairs) => pairs.map(([a, b]) => piece(Math.min(a, b), text.slice(Math.min(a, b), Math.max(a, b)))));
    const spoken = fc.string({ minLength: 1, maxLength: 60, unit: 'binary' }).chain((text) => {
      const everything = Array.from({ length: text.length }, (_, at) => piece(at, text.charAt(at)));
      return cuts(text).chain((extra) =>
        fc.tuple(
          fc.constant(text),
          fc.shuffledSubarray([...everything, ...extra], { minLength: everything.length + extra.length }),
        ),
      );
    });
    fc.assert(
      fc.property(spoken, ([text, pieces]) => {
        expect(shownText(heard(...pieces))).toBe(text);
      }),
    );
  });
});
