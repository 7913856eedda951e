/** The Architect's World, kept in this browser. Knows what may happen to morphs; knows nothing of how they are drawn. */
import { createContext } from 'svelte';
import type { Task } from '#protocol/rest.ts';
import { isOver } from '#protocol/terms.ts';
import { defaultMorphs, stageFor, type Room } from '../canvas/default-layout.ts';
import { freePlace, overlap } from '../canvas/placement.ts';
import * as world from '../canvas/world.ts';
import { WORLD_KEY, worldFromText, worldToText } from '../canvas/world-storage.ts';

type Keeper = Pick<Storage, 'getItem' | 'setItem'>;

export class WorldStore {
  #world = $state.raw(world.emptyWorld);
  readonly #keeper: Keeper;
  readonly #room: () => Room;

  constructor(keeper: Keeper, room: () => Room) {
    this.#keeper = keeper;
    this.#room = room;
    this.#world = worldFromText(read(keeper));
  }

  get morphs() {
    return this.#world.morphs;
  }
  find(id: string): world.Morph | undefined {
    return this.#world.morphs.find((morph) => morph.id === id);
  }

  /**
   * Sees to it that everybody has a place. While nobody has arranged anything the whole layout follows the size of the pane;
   * later only who is new finds a place, and what stands stays where it is.
   */
  settle(personas: readonly string[]): void {
    const wanted = defaultMorphs(this.#room(), personas);
    const dialogues = this.morphs.filter(({ kind }) => kind === 'dialogue');
    const isUntouched = dialogues.length < 2 && !this.morphs.some(({ byHand }) => byHand);
    let next = this.#world;
    for (const morph of wanted) {
      const known = this.find(morph.id);
      if (isUntouched) next = world.added(next, { ...morph, collapsed: known?.collapsed ?? false });
      else if (!known) next = world.added(next, { ...morph, ...freePlace(morph, next.morphs) });
    }
    const gone = next.morphs.filter(({ kind, ref }) => kind === 'persona' && !personas.includes(ref ?? ''));
    for (const { id } of gone) next = world.dismissed(next, id);
    if (isUntouched) for (const morph of dialogues) next = world.added(next, { ...morph, ...stageFor(this.#room()) });
    this.#keep({ ...next, morphs: inTabOrder(next.morphs, wanted) });
  }

  /** Makes a morph for each task that has not had one; of what ended before the first visit only the newest is shown. */
  welcome(tasks: readonly Task[]): void {
    const { newestTask } = this.#world;
    const unseen = tasks.filter(({ id }) => newestTask === null || id > newestTask).toSorted(byId);
    const newest = unseen.at(-1);
    if (!newest) return;
    const shown = unseen.filter((task) => newestTask !== null || task === newest || !isOver(task.status));
    for (const { id } of shown) this.openDialogue(id, tasks);
    this.#keep({ ...this.#world, newestTask: newest.id });
  }

  /**
   * Puts a dialogue on the stage. One that has ended and that nobody has placed by hand steps aside for it; one that still
   * runs keeps the stage, and the new one takes the nearest free place.
   */
  openDialogue(taskId: string, tasks: readonly Task[] = []): void {
    const id = world.morphId('dialogue', taskId);
    if (this.find(id)) return this.raise(id);
    const stage = stageFor(this.#room());
    const isRunning = (ref: string | null) => tasks.some((task) => task.id === ref && !isOver(task.status));
    const inTheWay = this.morphs.filter((morph) => overlap({ ...morph, h: world.shownHeight(morph) }, stage));
    const canLeave = inTheWay.every((morph) => morph.kind === 'dialogue' && !morph.byHand && !isRunning(morph.ref));
    const fresh = world.newMorph('dialogue', taskId, canLeave ? stage : freePlace(stage, this.morphs));
    let next = world.added(this.#world, fresh);
    if (canLeave)
      for (const morph of inTheWay)
        next = world.added(next, {
          ...morph,
          ...freePlace(
            morph,
            next.morphs.filter((other) => other !== morph),
          ),
        });
    this.#keep(next);
  }

  move(id: string, to: { x: number; y: number }): void {
    this.#keep(world.moved(this.#world, id, to));
  }
  nudge(id: string, dx: number, dy: number): void {
    const morph = this.find(id);
    if (morph) this.move(id, { x: morph.x + dx, y: morph.y + dy });
  }
  resize(id: string, to: { w: number; h: number }): void {
    this.#keep(world.resized(this.#world, id, to));
  }
  collapse(id: string): void {
    this.#keep(world.collapsed(this.#world, id));
  }
  raise(id: string): void {
    this.#keep(world.raised(this.#world, id));
  }
  dismiss(id: string): void {
    this.#keep(world.dismissed(this.#world, id));
  }

  #keep(next: world.World): void {
    if (next === this.#world) return;
    this.#world = next;
    try {
      this.#keeper.setItem(WORLD_KEY, worldToText(next));
    } catch {
      // A full or forbidden storage costs the layout on the next visit, nothing else.
    }
  }
}

const byId = (a: Task, b: Task): number => (a.id < b.id ? -1 : 1);

/** As in the default layout, dialogues after the composer. */
function inTabOrder(morphs: readonly world.Morph[], wanted: readonly world.Morph[]): world.Morph[] {
  const rank = ({ id, kind }: world.Morph) =>
    kind === 'dialogue' ? 0.5 : wanted.findIndex((morph) => morph.id === id);
  return morphs.toSorted((a, b) => rank(a) - rank(b));
}

function read(keeper: Keeper): string | null {
  try {
    return keeper.getItem(WORLD_KEY);
  } catch {
    return null;
  }
}

export const [getWorld, setWorld] = createContext<WorldStore>();
