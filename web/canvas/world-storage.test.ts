import { expect, test } from 'vitest';
import { added, emptyWorld, newMorph } from './world.ts';
import { worldFromText, worldToText } from './world-storage.ts';

const brick = newMorph('persona', 'BRICK', { x: 8, y: 16, w: 200, h: 136 });
const world = { ...added(emptyWorld, brick), newestTask: '0198' };

test('a World survives being written and read', () => {
  expect(worldFromText(worldToText(world))).toEqual(world);
});

test('morphs of kinds that are not known yet are kept word for word and written again', () => {
  const stranger = { id: 'plot:1', kind: 'plot', of: ['dissonance'], deep: { nested: true } };
  const text = JSON.stringify({ morphs: [brick, stranger], newestTask: null });
  const read = worldFromText(text);
  expect(read).toEqual({ morphs: [brick], strangers: [stranger], newestTask: null });
  expect(JSON.parse(worldToText(read))).toEqual(JSON.parse(text));
});

test.each([
  ['nothing', null],
  ['no JSON', '{"morphs": ['],
  ['another shape', '[1, 2]'],
  ['null', 'null'],
])('%s gives an empty World', (_, text) => {
  expect(worldFromText(text)).toEqual(emptyWorld);
});

test('a morph without a place is left out, the others stay', () => {
  const lost = { ...brick, id: 'persona:ROBIN', x: null };
  expect(worldFromText(JSON.stringify({ morphs: [lost, brick] })).morphs).toEqual([brick]);
});
