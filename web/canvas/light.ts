/** The shape of the light that falls from who speaks onto the dialogue. Pure geometry in canvas px. */
import type { Place } from './world.ts';

export type Point = { x: number; y: number };
export type Cone = { apex: Point; end: Point; corners: readonly [Point, Point] };

/** Where a straight line from the middle of a place towards a point leaves it. */
export function edgeTowards(place: Place, to: Point): Point {
  const from = middleOf(place);
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const out = Math.min(place.w / 2 / Math.max(1e-6, Math.abs(dx)), place.h / 2 / Math.max(1e-6, Math.abs(dy)));
  return out >= 1 ? from : { x: from.x + dx * out, y: from.y + dy * out };
}

/** From the edge of `from` to the far side of `onto`, within which it stays. */
export function coneOf(from: Place, onto: Place): Cone {
  const target = middleOf(onto);
  const apex = edgeTowards(from, target);
  const isSideways = Math.abs(target.x - apex.x) * onto.h >= Math.abs(target.y - apex.y) * onto.w;
  if (isSideways) {
    const x = target.x > apex.x ? onto.x + onto.w : onto.x;
    return spread(apex, { x, y: target.y }, { x: 0, y: onto.h * SPREAD });
  }
  const y = target.y > apex.y ? onto.y + onto.h : onto.y;
  return spread(apex, { x: target.x, y }, { x: onto.w * SPREAD, y: 0 });
}

/** Half the width of the light where it ends, as a share of the side it falls on. */
const SPREAD = 0.46;

const spread = (apex: Point, end: Point, half: Point): Cone => ({
  apex,
  end,
  corners: [
    { x: end.x - half.x, y: end.y - half.y },
    { x: end.x + half.x, y: end.y + half.y },
  ],
});

/** The direction from one place to another, in radians; 0 is to the right, positive is down. */
export function bearing(from: Place, to: Place): number {
  const [a, b] = [middleOf(from), middleOf(to)];
  return Math.atan2(b.y - a.y, b.x - a.x);
}

const middleOf = ({ x, y, w, h }: Place): Point => ({ x: x + w / 2, y: y + h / 2 });
