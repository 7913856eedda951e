import { expect, test } from 'vitest';
import { lastSentence, shortened } from './last-words.ts';

test('the last whole sentence is quoted, without the signs of markdown', () => {
  expect(lastSentence('Set a clock. When it **rings**, stop wherever you are. And th')).toBe(
    'When it rings, stop wherever you are.',
  );
});

test('a scrap that ends in a full stop is no sentence to quote', () => {
  expect(lastSentence('The report has 11 paragraphs. 9 exist.')).toBe('The report has 11 paragraphs.');
});

test('of a link only its words are quoted', () => {
  expect(lastSentence('Read [the Watercourse Way](https://example.org/a).')).toBe('Read the Watercourse Way.');
});

test('no whole sentence, no quote', () => {
  expect(lastSentence('Perhaps the two')).toBe('');
});

test('what is too long is cut between words', () => {
  expect(shortened('a word '.repeat(60))).toMatch(/^(a word )+(a )?…$/);
  expect(shortened('a word '.repeat(60)).length).toBeLessThanOrEqual(122);
});
