/** Tells plain tsc about what Vite and Svelte import: components, styles, fonts. */
/// <reference types="svelte" />
/// <reference types="vite/client" />
