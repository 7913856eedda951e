/** Collects what is only now: lanes, queue, persona states. Knows nothing of sockets; says only that something changed. */
import type { ActorPresence, LanePresence, PersonaPresence, Presence, Waiting } from '#protocol/presence.ts';

/** A waiting item as the scheduler keeps it; how long it waited is computed when somebody looks. */
export type QueueItem = Omit<Waiting, 'waitedMs'> & { sinceMs: number };

export type PresenceBoard = {
  lane(lane: LanePresence): void;
  queue(items: readonly QueueItem[]): void;
  persona(name: string, change: Partial<Omit<PersonaPresence, 'name'>>): void;
  /** Keeps only these personas, in this order. */
  cast(names: readonly string[]): void;
  snapshot(): Presence;
  /** Calls `listener` whenever anything has changed; returns the way to stop it. */
  onChange(listener: () => void): () => void;
};

type Options = { bootId: string; monotonicMs(): number; actors(): ActorPresence[] };

export function presenceBoard({ bootId, monotonicMs, actors }: Options): PresenceBoard {
  const lanes = new Map<string, LanePresence>();
  let personas = new Map<string, PersonaPresence>();
  let queue: readonly QueueItem[] = [];
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const listener of listeners) listener();
  };

  return {
    lane(lane) {
      lanes.set(lane.name, lane);
      changed();
    },
    queue(items) {
      queue = items;
      changed();
    },
    persona(name, change) {
      personas.set(name, { ...(personas.get(name) ?? stranger(name)), ...change, name });
      changed();
    },
    cast(names) {
      personas = new Map(names.map((name) => [name, personas.get(name) ?? stranger(name)]));
      changed();
    },
    snapshot: () => ({
      bootId,
      lanes: [...lanes.values()],
      queue: queue.map(({ sinceMs, ...item }) => ({
        ...item,
        waitedMs: Math.max(0, Math.round(monotonicMs() - sinceMs)),
      })),
      personas: [...personas.values()],
      actors: actors(),
      leases: [],
    }),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

const stranger = (name: string): PersonaPresence => ({
  name,
  state: 'asleep',
  taskId: null,
  backend: null,
  model: null,
  wanted: '',
  note: null,
});
