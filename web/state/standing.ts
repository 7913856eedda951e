/** Where morphs stand now: on the canvas, or one below the other in a list. Both show the same World. */
import { createContext } from 'svelte';

export type Standing = { readonly isCanvas: boolean };

export const [getStanding, setStanding] = createContext<Standing>();
