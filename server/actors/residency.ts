/**
 * One lane's residency: unload, verify, load. Only the scheduler uses it. Knows nothing of who waits.
 * What is resident is remembered after a verified change only; after any failure the backend is asked again.
 */
import type { BackendKind } from '#domain/settings.ts';
import type { ModelBackend, Outcome } from '#ports/model-backend.ts';
import type { LanePresence } from '#protocol/presence.ts';
import { isSameModel } from '#domain/minds.ts';
import type { World } from './world.ts';

export type Place = { backend: BackendKind; model: string; numCtx: number };
/** `swapped` when a load was needed. Durations in milliseconds. */
export type Settled = { swapped: boolean; loadMs: number };

export type Residency = {
  /** Makes `place` the only resident model of the lane. */
  settle(place: Place, signal: AbortSignal): Promise<Outcome<Settled>>;
  serving(isServing: boolean): void;
  /** Forget what is known, because something went wrong; asked anew before the next turn. */
  doubt(): void;
};

export const LANE = 'card';

export function residency({ backends, board, clock }: Pick<World, 'backends' | 'board' | 'clock'>): Residency {
  let known: Place | null = null;
  let vramBytes: number | null = null;

  function show(state: LanePresence['state'], place: Place | null, detail: string | null = null): void {
    const backend = place?.backend ?? known?.backend ?? 'embedded';
    board.lane({
      name: LANE,
      backend,
      state,
      model: place?.model ?? null,
      since: clock.now().toISOString(),
      vramBytes,
      detail,
    });
  }

  async function clear(backend: ModelBackend, keep: string | null, signal: AbortSignal): Promise<Outcome<null>> {
    const resident = await backend.resident(signal);
    if (!resident.ok) return resident;
    for (const { model } of resident.value) {
      if (keep !== null && isSameModel(model, keep)) continue;
      const gone = await backend.unload(model, signal);
      if (!gone.ok) return gone;
    }
    return { ok: true, value: null };
  }

  return {
    async settle(place, signal) {
      if (known && isSame(known, place)) return { ok: true, value: { swapped: false, loadMs: 0 } };
      const backend = backends.get(place.backend);
      if (!backend)
        return {
          ok: false,
          failure: { kind: 'backend-unreachable', detail: `No ${place.backend} backend is set up.` },
        };
      const started = clock.monotonicMs();
      const former = known;
      known = null;
      show('unloading', former);
      const elsewhere = former && former.backend !== place.backend ? backends.get(former.backend) : undefined;
      if (elsewhere) await clear(elsewhere, null, signal);
      const cleared = await clear(backend, place.model, signal);
      if (!cleared.ok) {
        show('sick', null, cleared.failure.detail);
        return cleared;
      }
      vramBytes = null;
      show('loading', place);
      const loaded = await backend.load(place.model, { numCtx: place.numCtx }, signal);
      if (!loaded.ok) {
        show(loaded.failure.kind === 'cancelled' ? 'empty' : 'sick', null, loaded.failure.detail);
        return loaded;
      }
      known = place;
      vramBytes = loaded.value.vramBytes;
      show('idle', place);
      return { ok: true, value: { swapped: true, loadMs: clock.monotonicMs() - started } };
    },
    serving: (isServing) => show(known ? (isServing ? 'serving' : 'idle') : 'empty', known),
    doubt() {
      known = null;
    },
  };
}

const isSame = (a: Place, b: Place): boolean =>
  a.backend === b.backend && isSameModel(a.model, b.model) && a.numCtx === b.numCtx;
