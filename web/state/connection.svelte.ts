/** What the tab can say about its line to the server. */
import { createContext } from 'svelte';
import type { LinkState } from '../link/stream.ts';

export class Connection {
  #state = $state.raw<LinkState>('connecting');
  #lostAt = $state.raw<number | null>(null);
  /** Comes back at once; set by whoever opened the link. */
  retry: () => void = () => {};

  get state() {
    return this.#state;
  }
  /** When the line was lost, in ms of the wall clock; null while it stands. */
  get lostAt() {
    return this.#lostAt;
  }

  become(state: LinkState): void {
    this.#state = state;
    if (state === 'live') this.#lostAt = null;
    else if (state !== 'connecting') this.#lostAt ??= Date.now();
  }
}

export const [getConnection, setConnection] = createContext<Connection>();
