/**
 * The rules of a dialogue: who speaks next, and what is decided after a turn. Everything is derived from what was committed,
 * so that a restart at any point goes on with the same next step. Pure; knows nothing of models, time or storage.
 */
import type { PolicyReading } from './policy-reading.ts';
import { STEWARD } from './roles.ts';
import type { Task, Turn, TurnKind, Verdict } from './task.ts';
import { VOICED } from './task-terms.ts';

export type Step =
  | { do: 'speak'; no: number; persona: string; kind: TurnKind }
  | { do: 'finish'; outcome: Exclude<Task['outcome'], null> };

type Progress = Pick<Task, 'kind' | 'personas' | 'turns' | 'verdicts'>;

/** Precondition: every voiced turn of a contrapunto has its verdict, because both are committed together. */
export function nextStep(task: Progress): Step {
  const no = task.turns.length;
  const [first = STEWARD, second = first] = task.personas;
  if (task.kind === 'talk')
    return no === 0 ? { do: 'speak', no, persona: first, kind: 'answer' } : { do: 'finish', outcome: 'answered' };
  const decision = task.verdicts.at(-1)?.decision ?? 'continue';
  if (decision === 'converged' || decision === 'stalled' || decision === 'capped') {
    const isClosed = task.turns.at(-1)?.kind === 'synthesis';
    return isClosed ? { do: 'finish', outcome: decision } : { do: 'speak', no, persona: STEWARD, kind: 'synthesis' };
  }
  const spoken = voicedTurns(task.turns).length;
  return { do: 'speak', no, persona: spoken % 2 === 0 ? first : second, kind: spoken < 2 ? 'blind' : 'reply' };
}

export const voicedTurns = (turns: readonly Turn[]): Turn[] => turns.filter((turn) => VOICED.includes(turn.kind));

/** Who opens is drawn from the task's seed, so that neither voice always leads. */
export function orderOfVoices(pair: readonly [string, string], seed: number): [string, string] {
  return seed % 2 === 0 ? [pair[0], pair[1]] : [pair[1], pair[0]];
}

/**
 * The verdict after the newest voiced turn, by the numbers of the policy. The limit is looked at after each turn, convergence
 * after each round and at the limit, and only once each voice has said how far it agrees with the other: two blind answers that
 * look alike are no agreement yet. `maxTurns` of the task, where given, replaces the policy's; `maxMs` bounds the time spoken,
 * whatever the policy says.
 */
export function judge(
  turns: readonly Turn[],
  reading: PolicyReading,
  { maxTurns, policyVersion, maxMs }: { maxTurns: number | null; policyVersion: number; maxMs: number },
): Verdict {
  const voiced = voicedTurns(turns);
  const newest = voiced.at(-1);
  if (!newest) throw new Error('a verdict needs a turn');
  const limit = maxTurns ?? reading.maxTurns.value;
  const dissonance = newest.dissonance?.value ?? null;
  const numbers = { turns: voiced.length, maxTurns: limit, dissonance, convergeBelow: reading.convergeBelow.value };
  const common = { afterTurn: newest.no, by: 'rule' as const, policyVersion, numbers };
  const threshold = `${DEFAULTED} below ${reading.convergeBelow.value}`;
  const convergence = reading.convergeBelow.clause ?? threshold;
  const isLimit = voiced.length >= limit;
  const isLow = dissonance !== null && dissonance < reading.convergeBelow.value;

  if (isLow && haveBothStated(voiced) && (isLimit || voiced.length % 2 === 0)) {
    const reason = `dissonance ${show(dissonance)} is below ${show(reading.convergeBelow.value)}`;
    return { ...common, decision: 'converged', clause: convergence, reason };
  }
  if (isLimit) {
    const clause =
      maxTurns === null
        ? (reading.maxTurns.clause ?? `${DEFAULTED} ${limit} turns`)
        : `The Architect's limit: ${limit} turns`;
    const distance = distanceSentence(dissonance, reading.convergeBelow.value);
    return { ...common, decision: 'capped', clause, reason: `turn ${voiced.length} of ${limit}: ${distance}` };
  }
  const spokenMs = turns.reduce((sum, turn) => sum + turn.durationMs, 0);
  if (spokenMs >= maxMs) {
    const minutes = Math.round(maxMs / 60_000);
    const clause = `The hard limit: ${minutes} minutes`;
    return { ...common, decision: 'capped', clause, reason: `the voices have spoken for ${minutes} minutes` };
  }
  const track =
    dissonance === null ? 'dissonance is not measured yet' : `dissonance ${show(dissonance)}${trend(voiced)}`;
  return { ...common, decision: 'continue', clause: convergence, reason: track };
}

/** Stands in place of a clause where the policy's words give no number. */
const DEFAULTED = 'No words in the policy; by default:';

function distanceSentence(dissonance: number | null, below: number): string {
  if (dissonance === null) return 'dissonance could not be measured';
  if (dissonance < below) return `dissonance is ${show(dissonance)}, but not both have said how far they agree`;
  return `dissonance is ${show(dissonance)}, not below ${show(below)}`;
}

function haveBothStated(voiced: readonly Turn[]): boolean {
  const stated = voiced.filter(({ stance }) => typeof stance?.agreement === 'number');
  return new Set(stated.map(({ persona }) => persona)).size > 1;
}

const show = (measure: number): string => measure.toFixed(2);

function trend(voiced: readonly Turn[]): string {
  const [before, now] = voiced.slice(-2).map((turn) => turn.dissonance?.value ?? null);
  if (before === null || before === undefined || now === null || now === undefined) return '';
  if (Math.abs(now - before) < 0.005) return ', unchanged';
  return now < before ? ', falling' : ', rising';
}

/** A seed in 0..2^31-1 of its own for every attempt at every turn, the same whenever it is asked for (a 32-bit mix of its inputs). */
export function turnSeed(taskSeed: number, no: number, attempt: number): number {
  let mixed = (taskSeed ^ Math.imul(no + 1, 0x9e3779b1) ^ Math.imul(attempt, 0x85ebca6b)) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) & 0x7fffffff;
}
