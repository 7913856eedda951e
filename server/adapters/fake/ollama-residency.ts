/** Which models the fake Ollama holds, as the real one does it: a request waits for its model, another model waits until nobody speaks. */
import { setTimeout as pause } from 'node:timers/promises';

export type Resident = { model: string; options: string };
export type ResidencyStats = { loads: string[]; evictions: string[] };

export type OllamaResidency = {
  readonly residents: readonly Resident[];
  /** Runs `work` with the model loaded with these runner options; others wait. `signal` ends the waiting, and a load underway. */
  use<T>(model: string, options: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
  /** The model goes as soon as nobody speaks with it. */
  expire(model: string, afterMs: number): void;
};

type Delays = { loadMs: number; maxResident: number };

export function ollamaResidency({ loadMs, maxResident }: Delays, stats: ResidencyStats): OllamaResidency {
  let residents: Resident[] = [];
  let turn: Promise<unknown> = Promise.resolve();

  function evict(model: string): void {
    if (!residents.some((one) => one.model === model)) return;
    residents = residents.filter((one) => one.model !== model);
    stats.evictions.push(model);
  }

  async function settle(model: string, options: string, signal: AbortSignal): Promise<void> {
    const there = residents.find((one) => one.model === model);
    if (there?.options === options) return;
    if (there) evict(model);
    const oldest = residents[0];
    if (oldest && residents.length >= maxResident) evict(oldest.model);
    if (loadMs > 0) await pause(loadMs, null, { signal });
    stats.loads.push(model);
    residents = [...residents, { model, options }];
  }

  return {
    get residents() {
      return residents;
    },
    use(model, options, signal, work) {
      const served = turn.then(async () => {
        signal.throwIfAborted();
        await settle(model, options, signal);
        return work();
      });
      turn = served.catch(() => undefined);
      return served;
    },
    expire(model, afterMs) {
      turn = turn.then(async () => {
        if (afterMs > 0) await pause(afterMs);
        evict(model);
      });
    },
  };
}
