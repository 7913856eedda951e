/** Hands the REST client to components. */
import { createContext } from 'svelte';
import type { Rest } from './rest.ts';

export const [getRest, setRest] = createContext<Rest>();
