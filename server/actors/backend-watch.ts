/** Looks after the backends: asks each who is there, and tells the society when that changes. Knows nothing of tasks. */
import { chooseBackend } from '#domain/minds.ts';
import type { BackendKind } from '#domain/settings.ts';
import type { BackendDescription } from '#ports/model-backend.ts';
import type { Fact } from '#protocol/facts.ts';
import type { ActorSpec, Outcome } from './runtime/actor.ts';
import type { World } from './world.ts';

export type Descriptions = Partial<Record<BackendKind, BackendDescription>>;
export type WatchMessage = { type: 'look' } | { type: 'seen'; outcome: Outcome<Descriptions> };
type State = { known: Descriptions | null };

type Surroundings = Pick<World, 'backends' | 'journal' | 'settings' | 'pace'> & {
  changed(descriptions: Descriptions): void;
};

export function backendWatch({
  backends,
  journal,
  settings,
  pace,
  changed,
}: Surroundings): ActorSpec<State, WatchMessage> {
  async function lookAtAll(signal: AbortSignal): Promise<Descriptions> {
    const pairs = await Promise.all(
      [...backends].map(async ([kind, backend]) => [kind, await backend.describe(signal)] as const),
    );
    return Object.fromEntries(pairs);
  }

  /** A loss is told of backends that had answered before or are the one that should speak; an Ollama that never was is no loss. */
  function factsAbout(now: Descriptions, before: Descriptions): Fact[] {
    const { lost } = journal.society;
    const speaks = chooseBackend(settings.backend.kind, now);
    return Object.entries(now).flatMap(([kind, { reachable, detail }]): Fact[] => {
      const backend = kind as BackendKind;
      if (reachable) return lost.includes(backend) ? [{ type: 'backend.found', backend, detail }] : [];
      const isLoss = before[backend]?.reachable || backend === speaks;
      return isLoss && !lost.includes(backend) ? [{ type: 'backend.lost', backend, detail }] : [];
    });
  }

  return {
    name: 'backend-watch',
    restart: { times: 5, withinMs: 60_000 },
    init(context) {
      context.self.tell({ type: 'look' });
      return { known: null };
    },
    receive(state, message, context) {
      if (message.type === 'look') {
        context.run(lookAtAll, (outcome) => ({ type: 'seen', outcome }));
        return state;
      }
      context.after(pace.lookEvery, { type: 'look' });
      if (!message.outcome.ok) throw message.outcome.error;
      const descriptions = message.outcome.value;
      if (JSON.stringify(descriptions) === JSON.stringify(state.known)) return state;
      const facts = factsAbout(descriptions, state.known ?? {});
      if (facts.length > 0) journal.commit(facts);
      changed(descriptions);
      return { known: descriptions };
    },
  };
}
