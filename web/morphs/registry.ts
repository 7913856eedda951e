/** Which component shows which kind of morph. A new kind is a line here, one in `KINDS`, and a component. */
import type { Component } from 'svelte';
import type { Morph, MorphKind } from '../canvas/world.ts';
import Composer from './Composer.svelte';
import Dialogue from './Dialogue.svelte';
import History from './History.svelte';
import Lane from './Lane.svelte';
import Persona from './Persona.svelte';

export const registry: Record<MorphKind, Component<{ morph: Morph }>> = {
  persona: Persona,
  dialogue: Dialogue,
  composer: Composer,
  lane: Lane,
  history: History,
};
