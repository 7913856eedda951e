/** Where the society stands before anybody moved anything: personas left, the dialogue in the middle, the card right. Pure. */
import { newMorph, snapped, type Morph, type Place } from './world.ts';

export type Room = { width: number; height: number };

const MARGIN = { wide: 48, narrow: 16 };
const WIDEST = 1_600;
const COMPOSER_H = 176;
const LANE_H = 288;
const PERSONA_H = 176;

type Columns = { left: Place; middle: Place; right: Place; gap: number };

/** Three columns for a pane of this size; the middle one takes what the others leave. */
function columnsFor({ width, height }: Room): Columns {
  const isWide = width >= 1_280;
  const margin = isWide ? MARGIN.wide : MARGIN.narrow;
  const gap = isWide ? 32 : 16;
  const total = snapped(Math.min(Math.max(width, 960), WIDEST) - 2 * margin);
  const x = snapped((Math.max(width, 960) - total) / 2);
  const y = isWide ? 40 : 16;
  const h = snapped(Math.max(height, 560) - y - (isWide ? 40 : 16));
  const leftW = isWide ? 224 : 184;
  const rightW = isWide ? 336 : 248;
  const middleX = x + leftW + gap + (isWide ? 24 : 0);
  const rightX = x + total - rightW;
  return {
    gap: isWide ? 24 : 16,
    left: { x, y, w: leftW, h },
    middle: { x: middleX, y, w: rightX - gap - middleX, h },
    right: { x: rightX, y, w: rightW, h },
  };
}

/** Where a dialogue stands when nothing else is in the way. */
export function stageFor(room: Room): Place {
  const { middle, gap } = columnsFor(room);
  return { ...middle, h: middle.h - COMPOSER_H - gap };
}

export function defaultMorphs(room: Room, personas: readonly string[]): Morph[] {
  const { left, middle, right, gap } = columnsFor(room);
  const rows = Math.max(personas.length, 4);
  const personaH = Math.max(112, Math.min(PERSONA_H, snapped((left.h - (rows - 1) * gap) / rows - 4)));
  const laneH = Math.min(LANE_H, snapped(right.h * 0.45));
  return [
    newMorph('composer', null, { ...middle, y: middle.y + middle.h - COMPOSER_H, h: COMPOSER_H }),
    ...personas.map((name, index) =>
      newMorph('persona', name, { ...left, y: left.y + index * (personaH + gap), h: personaH }),
    ),
    newMorph('lane', null, { ...right, h: laneH }),
    newMorph('history', null, { ...right, y: right.y + laneH + gap, h: right.h - laneH - gap }),
  ];
}
