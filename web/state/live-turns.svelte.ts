/** The turns that are being spoken now, one reactive text per dialogue. Knows nothing of sockets; time comes in as an argument. */
import { createContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import type { Fact } from '#protocol/facts.ts';
import type { TurnDelta } from '#protocol/signals.ts';
import { hasGap, shownText, startedTurn, withPiece, type LiveText } from './live-text.ts';

/** Fewer pieces than this say nothing about a pace. */
const PACE_FROM = 6;

export class LiveTurn {
  #live = $state.raw<LiveText>(startedTurn(0, 1));
  #pace = $state.raw<number | null>(null);
  #heard = 0;
  #firstAt = 0;
  readonly text = $derived(shownText(this.#live));

  get no() {
    return this.#live.no;
  }
  get attempt() {
    return this.#live.attempt;
  }
  /** Tokens a second, taking each piece that arrives for one token; null while there is too little to say. */
  get tokensPerSecond() {
    return this.#pace;
  }
  get hasGap() {
    return hasGap(this.#live);
  }

  begin(no: number, attempt: number): void {
    this.#live = startedTurn(no, attempt);
    this.#pace = null;
    this.#heard = 0;
  }

  hear(delta: TurnDelta, nowMs: number): void {
    if (delta.no !== this.no || delta.attempt > this.attempt) this.begin(delta.no, delta.attempt);
    this.#live = withPiece(this.#live, delta);
    if (this.#heard === 0) this.#firstAt = nowMs;
    this.#heard += 1;
    const seconds = (nowMs - this.#firstAt) / 1000;
    if (this.#heard >= PACE_FROM && seconds > 0) this.#pace = (this.#heard - 1) / seconds;
  }
}

export class LiveTurns {
  #byTask = new SvelteMap<string, LiveTurn>();

  of(taskId: string): LiveTurn | undefined {
    return this.#byTask.get(taskId);
  }
  get hasGap(): boolean {
    return [...this.#byTask.values()].some((turn) => turn.hasGap);
  }

  hear(delta: TurnDelta, nowMs: number): void {
    this.#turnOf(delta.taskId).hear(delta, nowMs);
  }

  follow(fact: Fact): void {
    switch (fact.type) {
      case 'turn.started':
        return this.#turnOf(fact.taskId).begin(fact.no, fact.attempt);
      case 'turn.committed':
      case 'attempt.failed':
      case 'task.paused':
      case 'task.finished':
        this.#byTask.delete(fact.taskId);
    }
  }

  /** Another process speaks now; what the old one was saying is void. */
  forgetAll(): void {
    this.#byTask.clear();
  }

  #turnOf(taskId: string): LiveTurn {
    const known = this.#byTask.get(taskId);
    if (known) return known;
    const turn = new LiveTurn();
    this.#byTask.set(taskId, turn);
    return turn;
  }
}

export const [getLiveTurns, setLiveTurns] = createContext<LiveTurns>();
