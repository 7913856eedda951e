/** Ended tasks that were fetched to be read again: the folded society keeps only the newest. */
import { createContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import type { Problem, Task } from '#protocol/rest.ts';
import type { Rest } from '../link/rest.ts';

type Fetched = { state: 'fetching' } | { state: 'here'; task: Task } | { state: 'missing'; problem: Problem };

export class Shelf {
  #tasks = new SvelteMap<string, Fetched>();
  readonly #rest: Pick<Rest, 'task'>;

  constructor(rest: Pick<Rest, 'task'>) {
    this.#rest = rest;
  }

  find(id: string): Fetched | undefined {
    return this.#tasks.get(id);
  }

  async fetch(id: string): Promise<void> {
    if (!this.#tasks.has(id)) this.#tasks.set(id, { state: 'fetching' });
    const answer = await this.#rest.task(id);
    this.#tasks.set(
      id,
      answer.ok ? { state: 'here', task: answer.value } : { state: 'missing', problem: answer.problem },
    );
  }
}

export const [getShelf, setShelf] = createContext<Shelf>();
