/** How the house is: the last answer of /api/health. Asked again when something may have changed. */
import { createContext } from 'svelte';
import type { Health } from '#protocol/rest.ts';
import type { Rest } from '../link/rest.ts';

export class House {
  #health = $state.raw<Health | null>(null);
  readonly #rest: Pick<Rest, 'health'>;

  constructor(rest: Pick<Rest, 'health'>) {
    this.#rest = rest;
  }

  get health() {
    return this.#health;
  }
  get isDegraded() {
    return this.#health?.status === 'degraded';
  }
  /** The checks that failed, each with what to do about it. */
  get troubles() {
    return this.#health?.checks.filter((check) => !check.ok) ?? [];
  }

  async look(): Promise<void> {
    const answer = await this.#rest.health();
    if (answer.ok) this.#health = answer.value;
  }
}

export const [getHouse, setHouse] = createContext<House>();
