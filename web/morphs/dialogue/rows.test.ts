import { describe, expect, test } from 'vitest';
import type { Task, Turn, Verdict } from '#protocol/rest.ts';
import { floorOf, rowsOf, sidesOf, type Row, type Speaker } from './rows.ts';

const turn = (no: number, persona: string, kind: Turn['kind'] = no < 2 ? 'blind' : 'reply'): Turn => ({
  no,
  persona,
  kind,
  state: 'committed',
  text: `${persona} says ${no}`,
  model: 'phi3',
  modelDigest: null,
  lane: 'card',
  seed: 1,
  promptSha256: '',
  startedAt: '2026-01-01T00:00:00.000Z',
  waitMs: 0,
  loadMs: 0,
  firstTokenMs: 1,
  durationMs: 2,
  promptTokens: 3,
  completionTokens: 4,
  finish: 'stop',
  stance: null,
  dissonance: null,
  novelty: null,
});

const verdict = (afterTurn: number, decision: Verdict['decision'] = 'continue'): Verdict => ({
  afterTurn,
  decision,
  clause: 'It has converged when dissonance is low',
  reason: 'dissonance 0.41, falling',
  by: 'rule',
  policyVersion: 1,
  numbers: {},
});

const task = (change: Partial<Task>): Task => ({
  id: 't1',
  kind: 'contrapunto',
  title: 'Rest?',
  archived: false,
  prompt: 'Rest?',
  personas: ['BRICK', 'ROBIN'],
  policy: { name: 'Default Patience', version: 1 },
  codexVersion: 1,
  backend: 'ollama',
  minds: {},
  seed: 1,
  maxTurns: null,
  status: 'running',
  outcome: null,
  reason: null,
  remedy: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  turns: [],
  attempts: [],
  steers: [],
  verdicts: [],
  synthesis: null,
  dissent: [],
  performance: null,
  ...change,
});

const SIDES = ['BRICK', 'ROBIN'] as const;
const speaking = (name: string): Speaker => ({ name, state: 'speaking', model: 'phi3' });
/** `0|1` is a round of turns 0 and 1, `-` nobody, `?` on its way; `v1` a verdict, `a6` across both columns. */
const outline = (rows: readonly Row[]) =>
  rows.map((row) => {
    if (row.kind === 'verdict') return `v${row.verdict.afterTurn}`;
    const name = (said: { no: number; turn: Turn | null } | null) => (said ? `${said.no}${said.turn ? '' : '?'}` : '-');
    return row.kind === 'round' ? `${name(row.left)}|${name(row.right)}` : `a${name(row.said)}`;
  });

describe('a dialogue as it is read', () => {
  test('two turns make a round, its verdict stands below it', () => {
    const talk = task({
      turns: [turn(0, 'BRICK'), turn(1, 'ROBIN'), turn(2, 'BRICK')],
      verdicts: [verdict(0), verdict(1), verdict(2)],
    });
    expect(outline(rowsOf(talk, speaking('ROBIN'), SIDES))).toEqual(['0|1', 'v1', '2|3?']);
  });

  test('a verdict that ends the dialogue is shown even in the middle of a round', () => {
    const talk = task({ turns: [turn(0, 'BRICK')], verdicts: [verdict(0, 'capped')] });
    expect(outline(rowsOf(talk, speaking('ALFRED'), SIDES))).toEqual(['0|-', 'v0', 'a1?']);
  });

  test('a voice keeps its side when the other begins', () => {
    const talk = task({ personas: ['ROBIN', 'BRICK'], turns: [turn(0, 'ROBIN'), turn(1, 'BRICK')] });
    const sides = sidesOf(talk, ['ALFRED', 'BRICK', 'ROBIN']);
    expect(sides).toEqual(['BRICK', 'ROBIN']);
    expect(outline(rowsOf(talk, undefined, sides))).toEqual(['1|0']);
  });

  test('who has just spoken is not shown as speaking again while presence lags behind', () => {
    const talk = task({ turns: [turn(0, 'BRICK')] });
    expect(outline(rowsOf(talk, speaking('BRICK'), SIDES))).toEqual(['0|-']);
  });

  test('the synthesis goes across both columns', () => {
    const talk = task({
      status: 'done',
      turns: [turn(0, 'BRICK'), turn(1, 'ROBIN'), turn(2, 'ALFRED', 'synthesis')],
      verdicts: [verdict(0), verdict(1, 'converged')],
    });
    expect(outline(rowsOf(talk, undefined, SIDES))).toEqual(['0|1', 'v1', 'a2']);
  });

  test('a talk is one column', () => {
    const talk = task({ kind: 'talk', personas: ['BRICK'] });
    expect(outline(rowsOf(talk, speaking('BRICK'), sidesOf(talk, ['BRICK'])))).toEqual(['a0?']);
  });

  test('failed attempts stay in sight while the dialogue is paused', () => {
    const attempt = { no: 1, attempt: 1, persona: 'ROBIN', reason: 'cut-off', detail: '', at: '' };
    const talk = task({ status: 'paused', turns: [turn(0, 'BRICK')], attempts: [attempt] });
    expect(rowsOf(talk, undefined, SIDES)).toEqual([
      {
        kind: 'round',
        key: 'round-0',
        left: { no: 0, persona: 'BRICK', turn: talk.turns[0], attempts: [] },
        right: { no: 1, persona: 'ROBIN', turn: null, attempts: [attempt] },
      },
    ]);
  });

  test('the border bends away from who has the floor', () => {
    const said = (no: number, persona: string, isSaid: boolean) => ({
      no,
      persona,
      turn: isSaid ? turn(no, persona) : null,
      attempts: [],
    });
    const brick = said(0, 'BRICK', true);
    expect(floorOf({ left: brick, right: null })).toBe('left');
    expect(floorOf({ left: brick, right: said(1, 'ROBIN', false) })).toBe('right');
    expect(floorOf({ left: brick, right: said(1, 'ROBIN', true) })).toBe('left-then-right');
    expect(floorOf({ left: said(3, 'BRICK', false), right: said(2, 'ROBIN', true) })).toBe('left');
  });
});
