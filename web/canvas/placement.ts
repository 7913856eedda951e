/** Finds where a new morph fits without covering another, as near as possible to where one would look. Pure. */
import { GRID, shownHeight, snapped, type Morph, type Place } from './world.ts';

const GAP = 3 * GRID;

/**
 * The free place of the wished size nearest to the wished corner. Candidates are the wished corner itself and the corners that
 * touch an edge of what is there, so that new morphs line up with old ones; below and right of everything is always free.
 */
export function freePlace(wish: Place, morphs: readonly Morph[]): Place {
  const taken = morphs.map((morph) => ({ ...morph, h: shownHeight(morph) }));
  const xs = [wish.x, ...taken.map(({ x, w }) => x + w + GAP), ...taken.map(({ x }) => x - wish.w - GAP)];
  const ys = [wish.y, ...taken.map(({ y, h }) => y + h + GAP), ...taken.map(({ y }) => y - wish.h - GAP)];
  const candidates = xs.flatMap((x) => ys.map((y) => ({ ...wish, x: snapped(x), y: snapped(y) })));
  const free = candidates.filter((place) => !taken.some((other) => overlap(place, other)));
  const away = ({ x, y }: Place) => Math.hypot(outwards(x - wish.x), outwards(y - wish.y));
  return free.reduce((best, place) => (away(place) < away(best) ? place : best), free[0] ?? wish);
}

/** The canvas grows to the right and down; the other two sides count as further away. */
const outwards = (distance: number): number => (distance < 0 ? distance * 4 : distance);

export function overlap(a: Place, b: Place): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** The smallest place that holds them all; null for none. */
export function bounds(places: readonly Place[]): Place | null {
  if (places.length === 0) return null;
  const x = Math.min(...places.map((place) => place.x));
  const y = Math.min(...places.map((place) => place.y));
  const right = Math.max(...places.map((place) => place.x + place.w));
  const bottom = Math.max(...places.map((place) => place.y + place.h));
  return { x, y, w: right - x, h: bottom - y };
}
