/** A signal that aborts when nothing has been heard for too long. Durations in milliseconds. */
export type Watchdog = {
  readonly signal: AbortSignal;
  /** Something was heard: the next must come within `ms`. */
  feed(ms: number): void;
  stop(): void;
};

export function watchdog(ms: number): Watchdog {
  const controller = new AbortController();
  const bite = (): void => controller.abort();
  let timer = setTimeout(bite, ms);
  return {
    signal: controller.signal,
    feed(next) {
      clearTimeout(timer);
      timer = setTimeout(bite, next);
    },
    stop: () => clearTimeout(timer),
  };
}
