/** What a dialogue cost, summed from its committed turns. Durations in ms. */
import type { Performance, Turn } from './task.ts';

export function performanceOf(turns: readonly Turn[]): Performance {
  const sum = (of: (turn: Turn) => number) => turns.reduce((total, turn) => total + of(turn), 0);
  return {
    turns: turns.length,
    swaps: turns.filter((turn) => turn.loadMs > 0).length,
    waitMs: sum((turn) => turn.waitMs),
    loadMs: sum((turn) => turn.loadMs),
    speakMs: sum((turn) => turn.durationMs),
    promptTokens: sum((turn) => turn.promptTokens),
    completionTokens: sum((turn) => turn.completionTokens),
    stanceFailures: turns.filter((turn) => turn.stance === null && turn.kind !== 'synthesis' && turn.kind !== 'answer')
      .length,
    dissonanceTrack: turns.map((turn) => turn.dissonance?.value ?? null),
  };
}
