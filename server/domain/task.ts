/** Tasks, turns and verdicts: the shapes of a dialogue. Knows nothing of who speaks them or where they are kept. Durations in ms. */
import { z } from 'zod';
import { Dissonance } from './dissonance.ts';
import { Id, Name, Time } from './id.ts';
import { BackendKind } from './settings.ts';
import { Stance } from './stance.ts';
import { PROMPT_LIMIT } from './task-terms.ts';

const count = z.int().min(0);
const ms = z.number().min(0);

export const TaskKind = z.enum(['contrapunto', 'talk']);
export const TaskStatus = z.enum(['waiting', 'running', 'paused', 'done', 'cancelled', 'failed']);
export type TaskStatus = z.infer<typeof TaskStatus>;
export const Outcome = z.enum(['converged', 'stalled', 'capped', 'answered']);
export type Outcome = z.infer<typeof Outcome>;

export const TurnKind = z.enum(['blind', 'reply', 'dissent', 'interjection', 'synthesis', 'answer']);
export type TurnKind = z.infer<typeof TurnKind>;

export const Finish = z.enum(['stop', 'length', 'loop', 'cut']);
export type Finish = z.infer<typeof Finish>;

export const Turn = z.object({
  no: count,
  persona: Name,
  kind: TurnKind,
  state: z.literal('committed'),
  text: z.string(),
  model: z.string(),
  modelDigest: z.string().nullable(),
  lane: z.string(),
  seed: z.int(),
  promptSha256: z.string(),
  startedAt: Time,
  waitMs: ms,
  loadMs: ms,
  firstTokenMs: ms,
  durationMs: ms,
  promptTokens: count,
  completionTokens: count,
  finish: Finish,
  stance: Stance.nullable(),
  dissonance: Dissonance.nullable(),
  novelty: z.number().min(0).max(1).nullable(),
});
export type Turn = z.infer<typeof Turn>;

/** A try that failed; what was said in it is not part of the dialogue. */
export const Attempt = z.object({
  no: count,
  attempt: z.int().min(1),
  persona: Name,
  reason: z.string(),
  detail: z.string(),
  at: Time,
});
export type Attempt = z.infer<typeof Attempt>;

export const Decision = z.enum(['continue', 'dissent', 'converged', 'stalled', 'capped']);
export const Verdict = z.object({
  afterTurn: count,
  decision: Decision,
  clause: z.string().describe('The words of the policy that the decision rests on.'),
  reason: z.string(),
  by: z.enum(['rule', 'alfred']),
  policyVersion: count,
  numbers: z.record(z.string(), z.number().nullable()),
});
export type Verdict = z.infer<typeof Verdict>;

/** The mind a persona speaks through for the whole of a task; `wanted` differs when it is a stand-in. */
export const Mind = z.object({
  backend: BackendKind,
  model: z.string(),
  wanted: z.string(),
  numCtx: z.int().describe('Context window in tokens; one for all who speak through the same model.'),
});
export type Mind = z.infer<typeof Mind>;

export const Performance = z.object({
  turns: count,
  swaps: count,
  waitMs: ms,
  loadMs: ms,
  speakMs: ms,
  promptTokens: count,
  completionTokens: count,
  stanceFailures: count,
  dissonanceTrack: z.array(z.number().nullable()),
});
export type Performance = z.infer<typeof Performance>;

export const Steer = z.object({
  mode: z.enum(['queue', 'interrupt', 'whisper']),
  persona: Name.optional(),
  text: z.string(),
  at: Time,
  seenFrom: count,
});

export const Task = z.object({
  id: Id,
  kind: TaskKind,
  title: z.string(),
  archived: z.boolean(),
  prompt: z.string(),
  personas: z.array(Name).min(1).max(2).describe('Who speaks, the first speaker first.'),
  policy: z.object({ name: Name, version: count }),
  codexVersion: count,
  backend: BackendKind,
  minds: z.record(z.string(), Mind),
  seed: z.int(),
  maxTurns: z.int().nullable(),
  status: TaskStatus,
  outcome: Outcome.nullable(),
  reason: z.string().nullable(),
  remedy: z.string().nullable().describe('What the Architect can do about the reason.'),
  createdAt: Time,
  updatedAt: Time,
  forkedFrom: Id.optional(),
  turns: z.array(Turn),
  attempts: z.array(Attempt),
  steers: z.array(Steer),
  verdicts: z.array(Verdict),
  synthesis: z.string().nullable(),
  dissent: z.array(z.object({ persona: Name, claim: z.string() })),
  performance: Performance.nullable(),
  rating: z.object({ score: z.int().min(1).max(5), word: z.string().optional() }).optional(),
});
export type Task = z.infer<typeof Task>;

export const TaskSummary = Task.omit({ turns: true, attempts: true, verdicts: true });
export type TaskSummary = z.infer<typeof TaskSummary>;

const text = z
  .string({ error: 'the prompt must be text' })
  .refine((value) => value.trim().length > 0, 'the prompt is empty: write 1 to 32,000 characters')
  .refine((value) => value.length <= PROMPT_LIMIT, 'the prompt is too long: 32,000 characters at most')
  .refine(
    (value) => value.isWellFormed() && !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(value),
    'the prompt must be text, without control characters or broken Unicode',
  );

/** What the Architect sends to ask something. */
export const NewTask = z
  .strictObject({
    prompt: text,
    kind: TaskKind.default('contrapunto'),
    persona: Name.optional(),
    personas: z.tuple([Name, Name]).optional(),
    policy: Name.optional(),
    maxTurns: z.int().min(1).max(40).optional(),
    seed: z.int().min(0).max(2_147_483_647).optional(),
  })
  .superRefine((task, context) => {
    if (task.kind === 'talk' && !task.persona)
      context.addIssue({ code: 'custom', path: ['persona'], message: 'a talk needs a persona to talk to' });
    if (task.personas && task.personas[0] === task.personas[1])
      context.addIssue({ code: 'custom', path: ['personas'], message: 'a contrapunto needs two different personas' });
  });
export type NewTask = z.infer<typeof NewTask>;

/** What the Architect may change of a task at any time; what is left out stays. */
export const TaskChange = z.strictObject({
  title: z
    .string()
    .trim()
    .min(1, 'a title has 1 to 200 characters')
    .max(200, 'a title has 1 to 200 characters')
    .optional(),
  archived: z.boolean().optional(),
  rating: Task.shape.rating,
});
export type TaskChange = z.infer<typeof TaskChange>;
