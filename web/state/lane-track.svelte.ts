/** Who was resident when, as this tab has seen it since it opened: drawn, never stored. Times in ms of the wall clock. */
import { createContext } from 'svelte';
import type { LanePresence, Presence } from '#protocol/presence.ts';

/** One stretch in which a lane did the same with the same model; `to` is null while it lasts. */
export type Stay = { model: string | null; state: LanePresence['state']; from: number; to: number | null };

const KEPT = 60;

export class LaneTrack {
  #stays = $state.raw<Readonly<Record<string, readonly Stay[]>>>({});

  of(lane: string): readonly Stay[] {
    return this.#stays[lane] ?? [];
  }

  hear({ lanes }: Presence, now: number): void {
    const fresh = lanes.filter((lane) => isNews(this.of(lane.name).at(-1), lane));
    if (fresh.length === 0) return;
    const changed = fresh.map((lane) => [lane.name, followed(this.of(lane.name), lane, now)]);
    this.#stays = { ...this.#stays, ...Object.fromEntries(changed) };
  }
}

const isNews = (last: Stay | undefined, { model, state }: LanePresence): boolean =>
  last?.model !== model || last.state !== state;

function followed(stays: readonly Stay[], { model, state }: LanePresence, now: number): Stay[] {
  const ended = stays.map((stay) => (stay.to === null ? { ...stay, to: now } : stay));
  return [...ended.slice(-KEPT), { model, state, from: now, to: null }];
}

export const [getLaneTrack, setLaneTrack] = createContext<LaneTrack>();
