/** Puts the society together over an open image and its backends. Knows nothing of HTTP, files or the environment. */
import type { Logger } from 'pino';
import type { Signal } from '#protocol/signals.ts';
import type { Journal, Store } from '#ports/journal.ts';
import type { Descriptions } from './actors/backend-watch.ts';
import { presenceBoard, type PresenceBoard } from './actors/presence-board.ts';
import type { Ref } from './actors/runtime/actor.ts';
import { actorSystem } from './actors/runtime/actor-system.ts';
import { society as societyActor, type SocietyMessage } from './actors/society.ts';
import type { World } from './actors/world.ts';
import { channel, type Channel } from './channel.ts';
import { pinnedConfig } from './config.ts';

type Parts = Pick<World, 'settings' | 'backends' | 'clock' | 'newId' | 'newSeed' | 'pace'> & {
  image: { journal: Journal; store: Store };
  bootId: string;
  logger: Pick<Logger, 'error' | 'warn'>;
};

export type Life = {
  society: Ref<SocietyMessage>;
  board: PresenceBoard;
  signals: Channel<Signal>;
  /** Resolves when every backend has been asked once. */
  firstLook: Promise<unknown>;
  descriptions(): Descriptions | null;
  /** Ends all actors; resolves when their work has ended, or after `graceMs`. */
  stop(graceMs: number): Promise<void>;
};

export function bringToLife({ image, bootId, logger, ...world }: Parts): Life {
  const { journal, store } = image;
  const signals = channel<Signal>();
  const looked = Promise.withResolvers<null>();
  const system = actorSystem(
    {
      crashed(actor, error) {
        logger.error({ err: error, actor }, 'actor crashed');
        record({ type: 'actor.crashed', actor, error: error instanceof Error ? error.message : String(error) });
      },
      gaveUp: (actor, reason) => record({ type: 'actor.gave-up', actor, reason }),
      deadLetter: ({ to, reason }) => logger.warn({ to, reason }, 'dead letter'),
    },
    world.clock,
  );
  const board = presenceBoard({
    bootId,
    monotonicMs: world.clock.monotonicMs,
    actors: () => system.figures().map(({ path, ...figure }) => ({ name: path, ...figure })),
  });
  const pinned = pinnedConfig(store);
  const { spec, view } = societyActor({
    ...world,
    journal,
    store,
    board,
    publish: signals.send,
    pinned,
    backendsKnown: () => looked.resolve(null),
  });

  /** A crash must be told even when it cannot be stored: it is in the log already. */
  function record(fact: Parameters<Journal['commit']>[0][number]): void {
    try {
      journal.commit([fact]);
    } catch (error) {
      logger.error({ err: error }, 'a crash could not be recorded');
    }
  }

  return {
    society: system.spawn(spec),
    board,
    signals,
    firstLook: looked.promise,
    descriptions: view.descriptions,
    stop: system.stop,
  };
}
