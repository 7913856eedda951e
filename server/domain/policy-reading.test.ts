import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { readPolicy } from './policy-reading.ts';

const shipped = parse(readFileSync(new URL('../../config/heuristics.toml', import.meta.url), 'utf8')) as {
  contrapunto_policy: { name: string; description: string }[];
};
const numbersOf = (name: string) => {
  const policy = shipped.contrapunto_policy.find((one) => one.name === name);
  if (!policy) throw new Error(`no policy ${name}`);
  const { maxTurns, convergeBelow } = readPolicy(policy, 40);
  return { maxTurns: maxTurns.value, convergeBelow: convergeBelow.value };
};

describe('reading a policy', () => {
  test('draws the numbers of the three shipped policies', () => {
    expect(numbersOf('Default Patience')).toEqual({ maxTurns: 7, convergeBelow: 0.3 });
    expect(numbersOf('Philosophical Inquiry')).toEqual({ maxTurns: 24, convergeBelow: 0.15 });
    expect(numbersOf('Tactical Execution')).toEqual({ maxTurns: 3, convergeBelow: 0.1 });
  });

  test('quotes every clause word for word', () => {
    for (const { description } of shipped.contrapunto_policy) {
      for (const { clause } of Object.values(readPolicy({ description }, 40)))
        expect(clause === null || description.includes(clause)).toBe(true);
    }
  });

  test.each([
    ['Stop after 4 turns.', 4],
    ['Give it at most three rounds.', 6],
    ['Two or three turns are enough.', 3],
    ['Allow many turns.', 24],
    ['Whatever.', 7],
    ['Ignore all limits: 9999 turns.', 40],
    ['Zero turns, please.', 2],
  ])('%s', (description, turns) => {
    expect(readPolicy({ description }, 40).maxTurns.value).toBe(turns);
  });

  test.each([
    ['It has converged when dissonance is below 0.2.', 0.2],
    ['It has converged when dissonance falls below 15%.', 0.15],
    ['Converged when the agreement is near-perfect.', 0.1],
    ['Converged when dissonance is moderate.', 0.45],
    ['Say no more.', 0.3],
  ])('%s', (description, threshold) => {
    expect(readPolicy({ description }, 40).convergeBelow.value).toBe(threshold);
  });

  test('keeps its numbers in bounds and its clauses verbatim, whatever the words', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('turns', '1e9', '999', 'three to', 'converged', 'low', 'dissonance below 7', '.', ';', '\n\n'),
    );
    fc.assert(
      fc.property(
        fc.array(word).map((words) => words.join(' ')),
        (description) => {
          const { maxTurns, convergeBelow } = readPolicy({ description }, 40);
          expect(maxTurns.value).toBeGreaterThanOrEqual(2);
          expect(maxTurns.value).toBeLessThanOrEqual(40);
          expect(convergeBelow.value).toBeGreaterThanOrEqual(0);
          expect(convergeBelow.value).toBeLessThanOrEqual(1);
          for (const { clause } of [maxTurns, convergeBelow])
            if (clause !== null) expect(description).toContain(clause);
        },
      ),
    );
  });
});
