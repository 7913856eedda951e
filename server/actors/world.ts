/** What actors are given to work with. Put together once, in `main.ts`. */
import type { BackendKind, Settings } from '#domain/settings.ts';
import type { Journal, Store } from '#ports/journal.ts';
import type { ModelBackend } from '#ports/model-backend.ts';
import type { Fact } from '#protocol/facts.ts';
import type { Signal } from '#protocol/signals.ts';
import type { PresenceBoard } from './presence-board.ts';

/** `now` for showing, `monotonicMs` for measuring and ordering. */
export type Clock = { now(): Date; monotonicMs(): number };

export type World = {
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
