/** What can happen: the durable, numbered events of the journal. Each carries its content; tables and folds are written from them. */
import { z } from 'zod';
import { Codex } from '#domain/codex.ts';
import { FailureKind } from '#domain/failure.ts';
import { Heuristics } from '#domain/heuristics.ts';
import { Id, Name, Time } from '#domain/id.ts';
import { BackendKind, Settings } from '#domain/settings.ts';
import { Outcome, Performance, Task, TaskChange, Turn, TurnKind, Verdict } from '#domain/task.ts';

const type = <T extends string>(name: T) => z.literal(name);
const count = z.int().min(0);

export const ChatMessage = z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() });
export type ChatMessage = z.infer<typeof ChatMessage>;

export const ConfigFile = z.enum(['codex', 'heuristics', 'settings']);
export type ConfigFile = z.infer<typeof ConfigFile>;

/** One thing that is wrong with a configuration file; `line` and `column` count from 1. */
export const ConfigProblem = z.object({
  file: z.string(),
  line: z.int().nullable(),
  column: z.int().nullable(),
  path: z.string(),
  message: z.string(),
});
export type ConfigProblem = z.infer<typeof ConfigProblem>;

const changed = {
  type: type('config.changed'),
  version: count,
  sha256: z.string(),
  author: z.string(),
  text: z.string(),
};
const ConfigChanged = z.discriminatedUnion('file', [
  z.object({ ...changed, file: z.literal('codex'), document: Codex }),
  z.object({ ...changed, file: z.literal('heuristics'), document: Heuristics }),
  z.object({ ...changed, file: z.literal('settings'), document: Settings }),
]);

export const Fact = z.discriminatedUnion('type', [
  z.object({ type: type('server.started'), bootId: Id, version: z.string() }),
  ConfigChanged,
  z.object({ type: type('config.rejected'), file: ConfigFile, problems: z.array(ConfigProblem) }),
  z.object({ type: type('task.created'), task: Task }),
  z.object({ type: type('task.started'), taskId: Id }),
  z.object({ type: type('task.changed'), taskId: Id, ...TaskChange.shape }),
  z.object({
    type: type('task.paused'),
    taskId: Id,
    reason: z.string(),
    detail: z.string(),
    remedy: z.string().nullable(),
    by: z.enum(['system', 'architect']),
  }),
  z.object({
    type: type('task.resumed'),
    taskId: Id,
    by: z.enum(['system', 'architect']),
    backend: BackendKind.optional(),
    minds: Task.shape.minds.optional().describe('New minds, for a task that has not been spoken to yet.'),
  }),
  z.object({
    type: type('task.finished'),
    taskId: Id,
    status: z.enum(['done', 'cancelled', 'failed']),
    outcome: Outcome.nullable(),
    reason: z.string().nullable(),
    synthesis: z.string().nullable(),
    dissent: Task.shape.dissent,
    performance: Performance,
  }),
  z.object({
    type: type('turn.intended'),
    taskId: Id,
    no: count,
    attempt: z.int().min(1),
    persona: Name,
    kind: TurnKind,
    seed: z.int(),
    promptSha256: z.string(),
    prompt: z.array(ChatMessage).describe('The messages as sent to the model.'),
  }),
  z.object({ type: type('turn.started'), taskId: Id, no: count, persona: Name, attempt: z.int().min(1) }),
  z.object({ type: type('turn.committed'), taskId: Id, turn: Turn }),
  z.object({
    type: type('attempt.failed'),
    taskId: Id,
    no: count,
    attempt: z.int().min(1),
    persona: Name,
    reason: FailureKind,
    detail: z.string(),
  }),
  z.object({ type: type('verdict.reached'), taskId: Id, verdict: Verdict }),
  z.object({ type: type('actor.crashed'), actor: z.string(), error: z.string() }),
  z.object({ type: type('actor.gave-up'), actor: z.string(), reason: z.string() }),
  z.object({ type: type('backend.lost'), backend: BackendKind, detail: z.string() }),
  z.object({ type: type('backend.found'), backend: BackendKind, detail: z.string() }),
]);
export type Fact = z.infer<typeof Fact>;

/** A fact with its place in the journal: `seq` counts from 1 without gaps. */
export const Entry = z.object({ type: z.literal('fact'), seq: z.int().min(1), at: Time, event: Fact });
export type Entry = z.infer<typeof Entry>;
