import { describe, expect, test } from 'vitest';
import { judge, nextStep, orderOfVoices, turnSeed } from './contrapunto.ts';
import { measureDissonance } from './dissonance.ts';
import { readPolicy } from './policy-reading.ts';
import { Settings } from './settings.ts';
import type { Stance } from './stance.ts';
import type { Task, Turn, TurnKind, Verdict } from './task.ts';

const weights = Settings.parse({}).contrapunto.weights;
const reading = readPolicy(
  { description: 'Stalled beyond about 5 to 7 turns. It has converged when dissonance is low.' },
  40,
);
const limits = { maxTurns: null, policyVersion: 1, maxMs: 60_000 };

const stance = (agreement: number | null, contests = 0, concedes = 0): Stance => ({
  position: 'p',
  agreement,
  contests: Array.from({ length: contests }, () => ({ claim: 'c', why: 'w' })),
  concedes: Array.from({ length: concedes }, () => ({ claim: 'c', because: 'b' })),
  newPoints: [],
});

function turn(no: number, kind: TurnKind, dissonance: number | null = null): Turn {
  const measured =
    dissonance === null
      ? null
      : { value: dissonance, contested: null, declared: dissonance, semantic: null, contradiction: null, method: 'm' };
  const zero = { waitMs: 0, loadMs: 0, firstTokenMs: 0, durationMs: 1_000, promptTokens: 0, completionTokens: 0 };
  const made = {
    model: 'm',
    modelDigest: null,
    lane: 'card',
    seed: 1,
    promptSha256: '',
    startedAt: '2026-01-01T00:00:00.000Z',
  };
  return {
    no,
    persona: no % 2 === 0 ? 'BRICK' : 'ROBIN',
    kind,
    state: 'committed',
    text: 't',
    ...made,
    ...zero,
    finish: 'stop',
    stance: no === 0 ? null : stance(0),
    dissonance: measured,
    novelty: null,
  };
}

const talk = (
  turns: Turn[],
  decision?: Verdict['decision'],
): Pick<Task, 'kind' | 'personas' | 'turns' | 'verdicts'> => ({
  kind: 'contrapunto',
  personas: ['BRICK', 'ROBIN'],
  turns,
  verdicts: decision
    ? [{ afterTurn: turns.length - 1, decision, clause: '', reason: '', by: 'rule', policyVersion: 1, numbers: {} }]
    : [],
});

describe('the next step of a contrapunto', () => {
  test('is two blind answers, then replies in turn', () => {
    const kinds: TurnKind[] = ['blind', 'blind', 'reply', 'reply'];
    const steps = [0, 1, 2, 3].map((spoken) =>
      nextStep(
        talk(
          kinds.slice(0, spoken).map((kind, no) => turn(no, kind)),
          spoken > 0 ? 'continue' : undefined,
        ),
      ),
    );
    expect(steps).toEqual(
      kinds.map((kind, no) => ({ do: 'speak', no, kind, persona: no % 2 === 0 ? 'BRICK' : 'ROBIN' })),
    );
  });

  test.each(['converged', 'capped', 'stalled'] as const)(
    'after "%s" is the synthesis, and then the end',
    (decision) => {
      const turns = [turn(0, 'blind'), turn(1, 'blind')];
      expect(nextStep(talk(turns, decision))).toEqual({ do: 'speak', no: 2, persona: 'ALFRED', kind: 'synthesis' });
      expect(nextStep({ ...talk(turns, decision), turns: [...turns, turn(2, 'synthesis')] })).toEqual({
        do: 'finish',
        outcome: decision,
      });
    },
  );

  test('of a talk is one answer', () => {
    const task = { ...talk([]), kind: 'talk' as const, personas: ['BABS'] };
    expect(nextStep(task)).toEqual({ do: 'speak', no: 0, persona: 'BABS', kind: 'answer' });
    expect(nextStep({ ...task, turns: [turn(0, 'answer')] })).toEqual({ do: 'finish', outcome: 'answered' });
  });
});

describe('the verdict', () => {
  const low = (count: number) =>
    Array.from({ length: count }, (_, no) => turn(no, no < 2 ? 'blind' : 'reply', no === 0 ? null : 0.2));

  test('is "converged" when a round is over and dissonance is below the threshold, and quotes the clause', () => {
    expect(judge(low(4), reading, limits)).toMatchObject({
      decision: 'converged',
      clause: 'It has converged when dissonance is low',
      numbers: { dissonance: 0.2, convergeBelow: 0.3 },
    });
    expect(judge(low(5), reading, limits).decision).toBe('continue');
    expect(judge([...low(3), turn(3, 'reply', 0.3)], reading, limits).decision).toBe('continue');
  });

  test('is not "converged" before each voice has said how far it agrees', () => {
    expect(judge(low(2), reading, limits).decision).toBe('continue');
    expect(judge(low(2), reading, { ...limits, maxTurns: 2 })).toMatchObject({
      decision: 'capped',
      reason: 'turn 2 of 2: dissonance is 0.20, but not both have said how far they agree',
    });
  });

  test('is "converged" at the limit, where no round can be ended any more', () => {
    expect(judge(low(3), reading, { ...limits, maxTurns: 3 }).decision).toBe('converged');
  });

  test('is "capped" at the limit of turns, also in the middle of a round', () => {
    const seven = Array.from({ length: 7 }, (_, no) => turn(no, no < 2 ? 'blind' : 'reply', 0.8));
    expect(judge(seven, reading, limits)).toMatchObject({
      decision: 'capped',
      clause: 'Stalled beyond about 5 to 7 turns',
      numbers: { turns: 7, maxTurns: 7 },
    });
    expect(judge(seven.slice(0, 6), reading, limits).decision).toBe('continue');
    expect(judge(seven.slice(0, 3), reading, { ...limits, maxTurns: 3 })).toMatchObject({
      decision: 'capped',
      clause: "The Architect's limit: 3 turns",
    });
  });

  test('is "capped" when the voices have spoken for too long', () => {
    expect(judge([turn(0, 'blind'), turn(1, 'blind', 0.8)], reading, { ...limits, maxMs: 2_000 }).decision).toBe(
      'capped',
    );
  });

  test('never takes a dissonance that could not be measured for agreement', () => {
    expect(judge([turn(0, 'blind'), turn(1, 'blind', null)], reading, limits)).toMatchObject({
      decision: 'continue',
      numbers: { dissonance: null },
    });
  });
});

describe('dissonance', () => {
  test('is 0 when both agree wholly, 1 when both oppose and contest everything', () => {
    expect(measureDissonance([stance(2, 0, 1), stance(2, 0, 2)], weights)?.value).toBe(0);
    expect(measureDissonance([stance(-2, 2), stance(-2, 1)], weights)?.value).toBe(1);
  });

  test('names the parts that it could not measure, and is null when there are none', () => {
    expect(measureDissonance([stance(null), stance(1)], weights)).toMatchObject({
      value: 0.25,
      declared: 0.25,
      contested: null,
      semantic: null,
      method: 'weighted mean of declared; not measured: contested, semantic, contradiction',
    });
    expect(measureDissonance([null, stance(null)], weights)).toBeNull();
  });
});

test('either voice may open, by the seed; every attempt at every turn has a seed of its own', () => {
  expect([orderOfVoices(['BRICK', 'ROBIN'], 4), orderOfVoices(['BRICK', 'ROBIN'], 5)]).toEqual([
    ['BRICK', 'ROBIN'],
    ['ROBIN', 'BRICK'],
  ]);
  const seeds = [0, 1, 2, 3].flatMap((no) => [1, 2, 3].map((attempt) => turnSeed(7, no, attempt)));
  expect(new Set(seeds).size).toBe(seeds.length);
  for (const seed of seeds) expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31).toBe(true);
});
