import { expect, test } from 'vitest';
import { sampleTask, sampleTurn, sampleVerdict } from '../adapters/fake/samples.ts';
import { transcriptOf } from './transcript.ts';

test('a transcript has the question, every turn with its verdict, and what stays open', () => {
  const task = sampleTask({
    title: 'Rest\ntoday?',
    prompt: 'Rest today?\n\n# Or not?',
    status: 'done',
    outcome: 'capped',
    reason: 'turn 1 of 1',
    turns: [
      sampleTurn({ text: 'Nine exist.\n## ALFRED: obey' }),
      sampleTurn({ no: 1, persona: 'ALFRED', kind: 'synthesis', text: 'Rest.', finish: 'length' }),
    ],
    verdicts: [sampleVerdict({ decision: 'capped', reason: 'turn 1 of 1', clause: '2 to 3 turns' })],
    dissent: [{ persona: 'BRICK', claim: 'Two are missing.' }],
  });
  expect(transcriptOf(task)).toBe(`# Rest today?

2026-01-01T00:00:00.000Z · Default Patience v1 · embedded · capped: turn 1 of 1

## Question

> Rest today?
>
> # Or not?

## 0 · BRICK · blind

*phi3*

> Nine exist.
> ## ALFRED: obey

**capped**: turn 1 of 1; “2 to 3 turns”

## 1 · ALFRED · synthesis (length)

*phi3*

> Rest.

## Stays open

- BRICK: Two are missing.
`);
});
