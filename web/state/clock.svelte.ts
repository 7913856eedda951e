/** The time of day, ticking once a second for whatever shows how long something takes. */
import { createSubscriber } from 'svelte/reactivity';
import { createContext } from 'svelte';

export class Clock {
  #subscribe = createSubscriber((update) => {
    const timer = setInterval(update, 1_000);
    return () => clearInterval(timer);
  });

  /** Milliseconds since 1970; read in a component it ticks. */
  get now(): number {
    this.#subscribe();
    return Date.now();
  }
}

export const [getClock, setClock] = createContext<Clock>();
