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

/** From the edge of `from`, widening, to the far side of `onto`. */
export function coneOf(from: Place, onto: Place): Cone {
  const target = middleOf(onto);
  const apex = edgeTowards(from, target);
  const opposite = { x: 2 * target.x - apex.x, y: 2 * target.y - apex.y };
  const end = edgeTowards(onto, opposite);
  const length = Math.hypot(end.x - apex.x, end.y - apex.y) || 1;
  const across = { x: -(end.y - apex.y) / length, y: (end.x - apex.x) / length };
  const half = 0.42 * (Math.abs(across.x) * onto.w + Math.abs(across.y) * onto.h);
  const corner = (side: 1 | -1) => ({ x: end.x + across.x * half * side, y: end.y + across.y * half * side });
  return { apex, end, corners: [corner(1), corner(-1)] };
}

const middleOf = ({ x, y, w, h }: Place): Point => ({ x: x + w / 2, y: y + h / 2 });
