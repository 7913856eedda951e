/** How far two positions are apart, from what the personas declare. Pure; knows nothing of models or storage. All measures 0..1. */
import { z } from 'zod';
import type { DissonanceWeights } from './settings.ts';
import type { Stance } from './stance.ts';

const part = z.number().min(0).max(1).nullable();

/** Parts that could not be measured are null and named in `method`. */
export const Dissonance = z.object({
  value: z.number().min(0).max(1),
  contested: part,
  declared: part,
  semantic: part,
  contradiction: part,
  method: z.string(),
});
export type Dissonance = z.infer<typeof Dissonance>;

type Parts = Pick<Dissonance, 'contested' | 'declared' | 'semantic' | 'contradiction'>;

/** The mean over the stances that state an agreement a in -2..2 of (2 - a) / 4; null when none does. */
export function declaredDisagreement(stances: readonly Stance[]): number | null {
  const stated = stances.flatMap((stance) => (stance.agreement === null ? [] : [(2 - stance.agreement) / 4]));
  return stated.length === 0 ? null : mean(stated);
}

/** Contested claims over all claims that were answered, contested or conceded; null when none was answered. */
export function contestedShare(stances: readonly Stance[]): number | null {
  const contested = stances.reduce((sum, stance) => sum + stance.contests.length, 0);
  const conceded = stances.reduce((sum, stance) => sum + stance.concedes.length, 0);
  return contested + conceded === 0 ? null : contested / (contested + conceded);
}

/**
 * Joins the newest stance of each voice: the weighted mean over the parts that could be measured.
 * Null when nothing could be measured, which is not the same as agreement.
 */
export function measureDissonance(newest: readonly (Stance | null)[], weights: DissonanceWeights): Dissonance | null {
  const stances = newest.filter((stance) => stance !== null);
  const parts: Parts = {
    contested: contestedShare(stances),
    declared: declaredDisagreement(stances),
    semantic: null,
    contradiction: null,
  };
  const names = Object.keys(parts) as (keyof Parts)[];
  const measured = names.filter((name) => parts[name] !== null && weights[name] > 0);
  const total = measured.reduce((sum, name) => sum + weights[name], 0);
  if (total === 0) return null;
  const value = measured.reduce((sum, name) => sum + weights[name] * (parts[name] ?? 0), 0) / total;
  const missing = names.filter((name) => !measured.includes(name));
  const method = `weighted mean of ${measured.join(', ')}${missing.length > 0 ? `; not measured: ${missing.join(', ')}` : ''}`;
  return { value, ...parts, method };
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
