/** Applies frames of the stream to the stores: the only place that knows both. Order, doubles and gaps are settled here. */
import type { Entry, Fact } from '#protocol/facts.ts';
import type { Frame } from '#protocol/stream.ts';
import type { LiveTurns } from './live-turns.svelte.ts';
import type { SocietyStore } from './society.svelte.ts';

type Welcome = Extract<Frame, { type: 'welcome' }>;

type Options = {
  society: SocietyStore;
  live: LiveTurns;
  /** Asks the server for what is missing. */
  resync(): void;
  /** A fact that happens now, not one of a replay. */
  onNews(fact: Fact): void;
  /** After each batch, when all of it is shown. */
  onApplied(): void;
  nowMs(): number;
};

/** A gap in a text is asked for at most this often. */
const ASK_AGAIN_MS = 2_000;

export function feed({ society, live, resync, onNews, onApplied, nowMs }: Options) {
  let bootId: string | null = null;
  let newsFrom = 0;
  /** Between a gap in the facts and the welcome that mends it. */
  let isWaitingForWelcome = false;
  let askedAt = -Infinity;

  function askForMissing(): void {
    if (nowMs() - askedAt < ASK_AGAIN_MS) return;
    askedAt = nowMs();
    resync();
  }

  function greet(welcome: Welcome): void {
    isWaitingForWelcome = false;
    if (bootId !== null && bootId !== welcome.bootId) live.forgetAll();
    bootId = welcome.bootId;
    newsFrom = welcome.seq + 1;
    if (welcome.mode === 'snapshot' && welcome.society) {
      live.forgetAll();
      society.replace(welcome.society, welcome);
    }
    society.hear(welcome.presence);
  }

  function take(entry: Entry): void {
    const applied = society.apply(entry);
    if (applied === 'gap' && !isWaitingForWelcome) {
      isWaitingForWelcome = true;
      resync();
    }
    if (applied !== 'applied') return;
    live.follow(entry.event);
    if (entry.seq >= newsFrom) onNews(entry.event);
  }

  return function apply(frames: readonly Frame[]): void {
    for (const frame of frames) {
      if (frame.type === 'welcome') greet(frame);
      else if (frame.type === 'fact') take(frame);
      else if (frame.type === 'presence') society.hear(frame);
      else if (frame.type === 'signal') live.hear(frame.event, nowMs());
    }
    society.publish();
    if (live.hasGap) askForMissing();
    onApplied();
  };
}
