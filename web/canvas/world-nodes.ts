/** World -> nodes for the canvas library, keeping the identity of whatever did not change. Pure; the only place where both shapes meet. */
import { shownHeight, type Morph } from './world.ts';

/** The part of a node that we set. The library adds measurements of its own to its copies, which are kept. */
export type MorphNode = {
  id: string;
  type: 'morph';
  position: { x: number; y: number };
  width: number;
  height: number;
  zIndex: number;
  dragHandle: string;
  dragging?: boolean;
  measured?: { width?: number; height?: number };
  domAttributes: Record<string, undefined>;
  data: Record<string, never>;
};

export const GRIP = 'grip';

/** The library's own words for its nodes; ours are on the morphs. */
const SILENT = { 'aria-roledescription': undefined, 'aria-describedby': undefined };
const NOTHING = {};

export function nodesOf(morphs: readonly Morph[], current: readonly MorphNode[]): readonly MorphNode[] {
  const known = new Map(current.map((node) => [node.id, node]));
  const nodes = morphs.map((morph) => nodeOf(morph, known.get(morph.id)));
  const isSame = nodes.length === current.length && nodes.every((node, index) => node === current[index]);
  return isSame ? current : nodes;
}

function nodeOf(morph: Morph, current: MorphNode | undefined): MorphNode {
  const { id, x, y, w: width, z: zIndex } = morph;
  const height = shownHeight(morph);
  if (!current)
    return {
      id,
      type: 'morph',
      position: { x, y },
      width,
      height,
      zIndex,
      dragHandle: `.${GRIP}`,
      domAttributes: SILENT,
      data: NOTHING,
    };
  const position = current.dragging || (current.position.x === x && current.position.y === y) ? null : { x, y };
  if (!position && current.width === width && current.height === height && current.zIndex === zIndex) return current;
  return { ...current, position: position ?? current.position, width, height, zIndex };
}
