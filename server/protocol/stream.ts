/** The WebSocket handshake and frames of /api/stream, both ways. */
import { z } from 'zod';
import { Id } from '#domain/id.ts';
import { Entry } from './facts.ts';
import { Presence } from './presence.ts';
import { Signal } from './signals.ts';
import { Society } from './society.ts';

export const PROTOCOL = 1;

export const Hello = z.object({
  type: z.literal('hello'),
  protocol: z.literal(PROTOCOL),
  since: z.int().min(0).optional(),
  runId: z.string().optional(),
});
export type Hello = z.infer<typeof Hello>;

export const Welcome = z.object({
  type: z.literal('welcome'),
  protocol: z.literal(PROTOCOL),
  runId: Id,
  bootId: Id,
  seq: z.int().min(0),
  mode: z.enum(['replay', 'snapshot']),
  society: Society.optional(),
  presence: Presence,
});

export const Frame = z.discriminatedUnion('type', [
  Welcome,
  Entry,
  Presence.extend({ type: z.literal('presence') }),
  z.object({ type: z.literal('signal'), event: Signal }),
  z.object({ type: z.literal('resync'), seq: z.int().min(0) }),
]);
export type Frame = z.infer<typeof Frame>;

export const CLOSE = { goingAway: 1001, policy: 1008, tooBig: 1009, tryAgainLater: 1013 } as const;
