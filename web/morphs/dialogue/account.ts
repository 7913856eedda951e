/** What a dialogue cost so far and how far apart the voices are, summed from its turns. Pure. Durations in ms. */
import type { Task } from '#protocol/rest.ts';
import { VOICED } from '#protocol/terms.ts';

export type Account = { voiced: number; swaps: number; waitMs: number; speakMs: number };

export function accountOf({ turns }: Pick<Task, 'turns'>): Account {
  return {
    voiced: turns.filter(({ kind }) => VOICED.includes(kind)).length,
    swaps: turns.filter(({ loadMs }) => loadMs > 0).length,
    waitMs: turns.reduce((sum, { waitMs, loadMs }) => sum + waitMs + loadMs, 0),
    speakMs: turns.reduce((sum, { durationMs }) => sum + durationMs, 0),
  };
}

/** Most turns the voices may take, as far as it is known. */
export function turnLimit({ verdicts, maxTurns }: Pick<Task, 'verdicts' | 'maxTurns'>): number | null {
  return maxTurns ?? verdicts.at(-1)?.numbers['maxTurns'] ?? null;
}

export type Measure = { no: number; value: number };

/** The dissonance after each turn where it was measured, 0..1. */
export function dissonanceTrack({ turns }: Pick<Task, 'turns'>): Measure[] {
  return turns.flatMap(({ no, dissonance }) => (dissonance ? [{ no, value: dissonance.value }] : []));
}
