/** The World as text and back. What it cannot read it leaves out; morphs of unknown kinds it keeps word for word. */
import { emptyWorld, KINDS, type Morph, type MorphKind, type World } from './world.ts';

/** Goes up when an older document cannot be read any more. */
export const WORLD_KEY = 'bat-os.world.1';

type Stored = { morphs: unknown[]; newestTask: string | null };

export function worldToText({ morphs, strangers, newestTask }: World): string {
  return JSON.stringify({ morphs: [...morphs, ...strangers], newestTask } satisfies Stored);
}

/** An empty World for null and for text that is none. */
export function worldFromText(text: string | null): World {
  const stored = parsed(text);
  if (!stored) return emptyWorld;
  const { morphs, newestTask } = stored;
  return {
    morphs: morphs.filter(isMorph),
    strangers: morphs.filter((morph) => !isKnownKind(morph)),
    newestTask: typeof newestTask === 'string' ? newestTask : null,
  };
}

function parsed(text: string | null): Stored | null {
  try {
    const value = JSON.parse(text ?? 'null') as Partial<Stored> | null;
    return Array.isArray(value?.morphs) ? { morphs: value.morphs, newestTask: value.newestTask ?? null } : null;
  } catch {
    return null;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const isKnownKind = (morph: unknown): boolean => isRecord(morph) && KINDS.includes(morph['kind'] as MorphKind);

function isMorph(value: unknown): value is Morph {
  if (!isRecord(value) || !isKnownKind(value)) return false;
  const isPlaced = ['x', 'y', 'w', 'h', 'z'].every((key) => Number.isFinite(value[key]));
  const isFlagged = ['collapsed', 'byHand'].every((key) => typeof value[key] === 'boolean');
  return isPlaced && isFlagged && typeof value['id'] === 'string' && ['string', 'object'].includes(typeof value['ref']);
}
