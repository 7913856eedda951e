import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultMorphs, stageFor } from './default-layout.ts';
import { bounds, freePlace, overlap } from './placement.ts';
import { newMorph } from './world.ts';

const CAST = ['BRICK', 'ROBIN', 'ALFRED', 'BABS'];
const rooms = [
  [1440, 860],
  [1024, 728],
  [1920, 1040],
  [820, 600],
] as const;

test.each(rooms)(
  'at %i x %i nothing of the default layout covers anything else, the stage included',
  (width, height) => {
    const places = [...defaultMorphs({ width, height }, CAST), stageFor({ width, height })];
    const covered = places.filter((place) => places.some((other) => other !== place && overlap(place, other)));
    expect(covered).toEqual([]);
  },
);

test.each(rooms.slice(0, 3))('at %i x %i all of it is in view', (width, height) => {
  const all = bounds(defaultMorphs({ width, height }, CAST));
  expect(all && all.x >= 0 && all.y >= 0 && all.x + all.w <= width && all.y + all.h <= height).toBe(true);
});

test('a free wish is granted as it is', () => {
  const wish = { x: 320, y: 40, w: 400, h: 300 };
  expect(freePlace(wish, [newMorph('lane', null, { x: 800, y: 40, w: 300, h: 300 })])).toEqual(wish);
});

test('a new morph never covers another, however many there are', () => {
  const place = fc.record({
    x: fc.integer({ min: -2000, max: 2000 }),
    y: fc.integer({ min: -2000, max: 2000 }),
    w: fc.integer({ min: 160, max: 900 }),
    h: fc.integer({ min: 104, max: 900 }),
  });
  fc.assert(
    fc.property(fc.array(place, { maxLength: 12 }), place, (taken, wish) => {
      const morphs = taken.map((each, index) => newMorph('dialogue', String(index), each));
      const free = freePlace(wish, morphs);
      expect(morphs.filter((morph) => overlap(free, morph))).toEqual([]);
      expect([free.w, free.h]).toEqual([wish.w, wish.h]);
    }),
  );
});
