/** What actors are given to work with. Put together once, in `main.ts`. */
import type { BackendKind, Settings } from '#domain/settings.ts';
import type { Journal, Store } from '#ports/journal.ts';
import type { ModelBackend } from '#ports/model-backend.ts';
import type { Fact } from '#protocol/facts.ts';
import type { Signal } from '#protocol/signals.ts';
import type { PresenceBoard } from './presence-board.ts';

/** `now` for showing, `monotonicMs` for measuring and ordering. */
export type Clock = { now(): Date; monotonicMs(): number };

/** How long to wait between tries, in milliseconds; tests hurry. */
export type Pace = {
  /** Between two looks at the backends; a change is noticed within this and the 3 s that a backend has to answer. */
  lookEvery: number;
  /** Before the second try of a turn, the third, and so on; after the last the task is paused. */
  retryAfter: readonly number[];
  /** Before what the disk refused is stored again. */
  storeAgainAfter: number;
};

export const HOME_PACE: Pace = { lookEvery: 4_000, retryAfter: [1_000, 3_000], storeAgainAfter: 2_000 };

export type World = {
  pace: Pace;
  journal: Journal;
  store: Store;
  settings: Settings;
  backends: ReadonlyMap<BackendKind, ModelBackend>;
  clock: Clock;
  newId(): string;
  /** A seed in 0..2^31-1 for tasks that name none. */
  newSeed(): number;
  board: PresenceBoard;
  publish(signal: Signal): void;
  /** The persona's or policy's words as they stood in that version of the file. */
  pinned: PinnedConfig;
};

export type PinnedConfig = {
  codex(version: number): Extract<Fact, { file: 'codex'; type: 'config.changed' }>['document'] | undefined;
  heuristics(version: number): Extract<Fact, { file: 'heuristics'; type: 'config.changed' }>['document'] | undefined;
};
