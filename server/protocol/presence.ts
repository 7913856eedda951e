/** What does not outlive the process: lanes, queue, who is doing what. Sent whole whenever it changes, never stored. */
import { z } from 'zod';
import { Id, Name, Time } from '#domain/id.ts';
import { BackendKind } from '#domain/settings.ts';

export const LaneState = z.enum(['empty', 'loading', 'serving', 'idle', 'unloading', 'sick']);
export const LanePresence = z.object({
  name: Name,
  backend: BackendKind,
  state: LaneState,
  model: z.string().nullable(),
  since: Time,
  vramBytes: z.int().nullable(),
  detail: z.string().nullable(),
});
export type LanePresence = z.infer<typeof LanePresence>;

export const Waiting = z.object({
  id: Id,
  model: z.string(),
  class: z.enum(['interactive', 'dialogue', 'background']),
  dialogue: Id,
  persona: Name,
  waitedMs: z.number().min(0),
  etaMs: z.number().min(0).nullable(),
});
export type Waiting = z.infer<typeof Waiting>;

export const PersonaState = z.enum([
  'asleep',
  'queued',
  'loading',
  'thinking',
  'speaking',
  'waiting-for-you',
  'frozen',
]);
export type PersonaState = z.infer<typeof PersonaState>;

/** `model` is what the persona speaks through from its next task on; `wanted` differs while a stand-in speaks for it. */
export const PersonaPresence = z.object({
  name: Name,
  state: PersonaState,
  taskId: Id.nullable(),
  backend: BackendKind.nullable(),
  model: z.string().nullable(),
  wanted: z.string(),
  note: z.string().nullable().describe('Why it speaks through a stand-in, or cannot speak, in one sentence.'),
});
export type PersonaPresence = z.infer<typeof PersonaPresence>;

export const ActorPresence = z.object({
  name: z.string(),
  parent: z.string().nullable(),
  state: z.enum(['running', 'stopping', 'stopped', 'gave-up']),
  mailbox: z.int().min(0),
  restarts: z.int().min(0),
  lastFault: z.string().nullable(),
});
export type ActorPresence = z.infer<typeof ActorPresence>;

export const Presence = z.object({
  bootId: Id,
  lanes: z.array(LanePresence),
  queue: z.array(Waiting),
  personas: z.array(PersonaPresence),
  actors: z.array(ActorPresence),
  leases: z.array(z.object({ id: Id, lane: Name, holder: z.string() })),
});
export type Presence = z.infer<typeof Presence>;
