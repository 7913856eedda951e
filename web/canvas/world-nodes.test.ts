import { expect, test } from 'vitest';
import { HEAD, newMorph } from './world.ts';
import { nodesOf, type MorphNode } from './world-nodes.ts';

const brick = newMorph('persona', 'BRICK', { x: 0, y: 0, w: 200, h: 136 });
const robin = newMorph('persona', 'ROBIN', { x: 0, y: 160, w: 200, h: 136 });

test('nothing changed gives the very same list', () => {
  const nodes = nodesOf([brick, robin], []);
  expect(nodesOf([brick, robin], nodes)).toBe(nodes);
});

test('what moved gets a new node, the rest keep theirs', () => {
  const [before, kept] = nodesOf([brick, robin], []);
  const [after, same] = nodesOf([{ ...brick, x: 8 }, robin], [before, kept] as MorphNode[]);
  expect(after).not.toBe(before);
  expect(after?.position).toEqual({ x: 8, y: 0 });
  expect(same).toBe(kept);
});

test('a change that the canvas does not show keeps the node', () => {
  const nodes = nodesOf([brick], []);
  expect(nodesOf([{ ...brick, byHand: true }], nodes)).toBe(nodes);
});

test('the measurements of the library stay on a node that changes', () => {
  const measured = nodesOf([brick], []).map((node) => ({ ...node, measured: { width: 200, height: 136 } }));
  expect(nodesOf([{ ...brick, w: 240 }], measured)[0]).toEqual({ ...measured[0], width: 240 });
});

test('a node that is being dragged is not pulled back', () => {
  const dragged = nodesOf([brick], []).map((node) => ({ ...node, dragging: true, position: { x: 50, y: 50 } }));
  expect(nodesOf([{ ...brick, z: 3 }], dragged)[0]).toMatchObject({ position: { x: 50, y: 50 }, zIndex: 3 });
});

test('a morph that is gone leaves no node, a new one gets its own', () => {
  const nodes = nodesOf([brick], []);
  expect(nodesOf([robin], nodes).map(({ id }) => id)).toEqual(['persona:ROBIN']);
});

test('a folded morph is as high as its head', () => {
  expect(nodesOf([{ ...brick, collapsed: true }], [])[0]?.height).toBe(HEAD);
});
