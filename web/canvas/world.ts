/**
 * The World: what stands on the canvas and where. A plain document with pure operations; every change gives new objects for
 * what changed and the same ones for the rest. Knows nothing of xyflow, storage or what a morph shows. Lengths in canvas px.
 */
export const GRID = 8;
export const HEAD = 36;

export const KINDS = ['persona', 'dialogue', 'composer', 'lane', 'history'] as const;
export type MorphKind = (typeof KINDS)[number];

export type Place = { x: number; y: number; w: number; h: number };

/** `ref` is what it is about: a persona's name, a task's id. `byHand` is true once the Architect has placed or sized it. */
export type Morph = Place & {
  id: string;
  kind: MorphKind;
  ref: string | null;
  z: number;
  collapsed: boolean;
  byHand: boolean;
};

export type World = {
  morphs: readonly Morph[];
  /** Morphs of kinds that this version does not know, kept as they are. */
  strangers: readonly unknown[];
  /** Newest task that has had its morph; ids sort by time. A task has one made for it once, so a dismissed one stays away. */
  newestTask: string | null;
};

export const emptyWorld: World = { morphs: [], strangers: [], newestTask: null };

export const LEAST: Record<MorphKind, { w: number; h: number }> = {
  persona: { w: 160, h: 104 },
  dialogue: { w: 320, h: 240 },
  composer: { w: 320, h: 144 },
  lane: { w: 232, h: 160 },
  history: { w: 232, h: 160 },
};

export const morphId = (kind: MorphKind, ref: string | null): string => (ref === null ? kind : `${kind}:${ref}`);

export const newMorph = (kind: MorphKind, ref: string | null, place: Place): Morph => ({
  id: morphId(kind, ref),
  kind,
  ref,
  ...place,
  z: 0,
  collapsed: false,
  byHand: false,
});

export const snapped = (length: number): number => Math.round(length / GRID) * GRID;

/** The height it takes on the canvas now. */
export const shownHeight = ({ h, collapsed }: Pick<Morph, 'h' | 'collapsed'>): number => (collapsed ? HEAD : h);

export function moved(world: World, id: string, to: { x: number; y: number }): World {
  return changed(world, id, () => ({ x: snapped(to.x), y: snapped(to.y), byHand: true }));
}

export function resized(world: World, id: string, to: { w: number; h: number }): World {
  return changed(world, id, ({ kind }) => ({
    w: Math.max(LEAST[kind].w, snapped(to.w)),
    h: Math.max(LEAST[kind].h, snapped(to.h)),
    byHand: true,
  }));
}

export function collapsed(world: World, id: string): World {
  return changed(world, id, (morph) => ({ collapsed: !morph.collapsed }));
}

/** Puts it in front of all others. */
export function raised(world: World, id: string): World {
  const top = Math.max(0, ...world.morphs.filter((morph) => morph.id !== id).map(({ z }) => z));
  return changed(world, id, ({ z }) => ({ z: z > top ? z : top + 1 }));
}

export function dismissed(world: World, id: string): World {
  return { ...world, morphs: world.morphs.filter((morph) => morph.id !== id) };
}

export function added(world: World, morph: Morph): World {
  return { ...world, morphs: [...world.morphs.filter(({ id }) => id !== morph.id), morph] };
}

function changed(world: World, id: string, change: (morph: Morph) => Partial<Morph>): World {
  const before = world.morphs.find((morph) => morph.id === id);
  if (!before) return world;
  const after = { ...before, ...change(before) };
  const isSame = (Object.keys(after) as (keyof Morph)[]).every((key) => after[key] === before[key]);
  return isSame ? world : { ...world, morphs: world.morphs.map((morph) => (morph === before ? after : morph)) };
}
