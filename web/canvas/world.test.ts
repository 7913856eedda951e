import { expect, test } from 'vitest';
import { added, collapsed, dismissed, emptyWorld, LEAST, moved, newMorph, raised, resized } from './world.ts';

const brick = newMorph('persona', 'BRICK', { x: 0, y: 0, w: 200, h: 136 });
const robin = newMorph('persona', 'ROBIN', { x: 0, y: 160, w: 200, h: 136 });
const world = added(added(emptyWorld, brick), robin);

test('a morph lands on the 8 px grid and counts as placed by hand', () => {
  const after = moved(world, brick.id, { x: 13, y: -3 });
  expect(after.morphs).toEqual([{ ...brick, x: 16, y: -0, byHand: true }, robin]);
  expect(after.morphs[1]).toBe(robin);
});

test('a move to where it is already changes nothing', () => {
  const once = moved(world, brick.id, { x: 8, y: 8 });
  expect(moved(once, brick.id, { x: 9, y: 7 })).toBe(once);
});

test('no morph gets smaller than its kind allows', () => {
  expect(resized(world, brick.id, { w: 1, h: 1 }).morphs[0]).toMatchObject(LEAST.persona);
});

test('what is raised stands above all others, and stays there when raised again', () => {
  const once = raised(world, brick.id);
  expect(once.morphs[0]?.z).toBe(1);
  expect(raised(once, brick.id)).toBe(once);
});

test('folding keeps the height for later', () => {
  expect(collapsed(world, brick.id).morphs[0]).toEqual({ ...brick, collapsed: true });
  expect(collapsed(collapsed(world, brick.id), brick.id).morphs[0]).toEqual(brick);
});

test('a dismissed morph leaves the others as they are', () => {
  expect(dismissed(world, brick.id).morphs).toEqual([robin]);
});
