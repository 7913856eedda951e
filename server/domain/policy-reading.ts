/**
 * Reads a policy's plain words into numbers by rule, each with the clause it came from.
 * Knows nothing of models; a number that no clause gives is a default and says so by a null clause.
 */
import type { Policy } from './heuristics.ts';

/** `clause` is a verbatim substring of the policy's text, or null where the default applies. */
export type ReadNumber = { value: number; clause: string | null };

/** `maxTurns` counts what the two voices say, blind answers included. `convergeBelow` is a dissonance, 0..1. */
export type PolicyReading = { maxTurns: ReadNumber; convergeBelow: ReadNumber };

export const DEFAULT_MAX_TURNS = 7;
export const DEFAULT_CONVERGE_BELOW = 0.3;
const MANY_TURNS = 24;

const WORDS = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
];
const NUMBER = `(\\d{1,4}|${WORDS.join('|')})`;
const TURNS_RANGE = new RegExp(`\\b${NUMBER}\\s*(?:to|or|-|–|—)\\s*${NUMBER}\\s+(turn|round)s?\\b`, 'iu');
const TURNS_SINGLE = new RegExp(`\\b${NUMBER}\\s+(turn|round)s?\\b`, 'iu');
const MANY = /\b(many(?: more)?|much (?:longer|more)|a (?:great|good) many)\s+(?:more\s+)?(?:turns|rounds)\b/iu;
const THRESHOLD =
  /\bdissonance\s+(?:is\s+|falls\s+|drops\s+|stays\s+)?(?:below|under|less than)\s+(\d{1,3}\s*%|0?\.\d+|[01](?:\.\d+)?)/iu;

/** From strict to lenient; the first that stands in a clause about convergence or agreement wins. */
const DEGREES: readonly [RegExp, number][] = [
  [/near[- ]perfect|almost perfect|perfect|complete(?:ly)?|unanim/iu, 0.1],
  [/very low|hardly any|almost no/iu, 0.15],
  [/\blow\b|\bsmall\b|\blittle\b/iu, DEFAULT_CONVERGE_BELOW],
  [/moderate|acceptable|tolerable/iu, 0.45],
];

/** `hardCap` bounds the turns whatever the words say. */
export function readPolicy({ description }: Pick<Policy, 'description'>, hardCap: number): PolicyReading {
  const clauses = clausesOf(description);
  const turns = readTurns(clauses);
  return {
    maxTurns: { value: Math.max(2, Math.min(turns.value, hardCap)), clause: turns.clause },
    convergeBelow: readThreshold(clauses),
  };
}

/** Sentences, and within them the parts between semicolons and colons; every one a verbatim substring. */
function clausesOf(text: string): string[] {
  return text
    .split(/(?<=[.!?;:])\s+|\n{2,}/u)
    .map((clause) => clause.trim().replace(/[.;:]$/u, ''))
    .filter((clause) => clause.length > 0);
}

function readTurns(clauses: readonly string[]): ReadNumber {
  for (const clause of clauses) {
    const range = TURNS_RANGE.exec(clause);
    if (range) return { value: numberOf(range[2] ?? '') * perUnit(range[3]), clause };
    const single = TURNS_SINGLE.exec(clause);
    if (single) return { value: numberOf(single[1] ?? '') * perUnit(single[2]), clause };
  }
  const many = clauses.find((clause) => MANY.test(clause));
  if (many) return { value: MANY_TURNS, clause: many };
  return { value: DEFAULT_MAX_TURNS, clause: null };
}

function readThreshold(clauses: readonly string[]): ReadNumber {
  for (const clause of clauses) {
    const stated = THRESHOLD.exec(clause)?.[1];
    if (stated)
      return { value: Math.min(1, stated.endsWith('%') ? parseFloat(stated) / 100 : parseFloat(stated)), clause };
  }
  const about = clauses.filter((clause) => /converge|agree|align/iu.test(clause));
  for (const clause of about) {
    const degree = DEGREES.find(([pattern]) => pattern.test(clause));
    if (degree) return { value: degree[1], clause };
  }
  return { value: DEFAULT_CONVERGE_BELOW, clause: null };
}

const perUnit = (unit: string | undefined): number => (unit?.toLowerCase() === 'round' ? 2 : 1);

function numberOf(text: string): number {
  const word = WORDS.indexOf(text.toLowerCase());
  return word === -1 ? Number.parseInt(text, 10) : word;
}
