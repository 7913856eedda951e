/** Gathers what streams in and hands it on once per animation frame, in order. Knows nothing of what it carries. */

export type FrameQueue<T> = { push(item: T): void };

type Options<T> = {
  /** Calls back before the next paint, or soon where nothing is painted (a hidden tab). */
  nextFrame(flush: () => void): void;
  flush(items: readonly T[]): void;
};

export function frameQueue<T>({ nextFrame, flush }: Options<T>): FrameQueue<T> {
  let waiting: T[] = [];

  function hand(): void {
    const items = waiting;
    waiting = [];
    flush(items);
  }

  return {
    push(item) {
      waiting.push(item);
      if (waiting.length === 1) nextFrame(hand);
    },
  };
}

const UNPAINTED_EVERY_MS = 200;

/** A hidden tab gets no animation frames; there a timer takes their place. Whichever comes first calls `then`, once. */
export function paintOrTimer(then: () => void): void {
  let isDone = false;
  const once = () => {
    if (isDone) return;
    isDone = true;
    then();
  };
  requestAnimationFrame(once);
  setTimeout(once, UNPAINTED_EVERY_MS);
}
