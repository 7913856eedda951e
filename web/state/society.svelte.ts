/** The society as this tab knows it: facts folded in order, presence as it was last said. Knows nothing of sockets or the canvas. */
import { createContext } from 'svelte';
import type { Entry } from '#protocol/facts.ts';
import { applyFact, emptySociety } from '#protocol/fold.ts';
import type { PersonaPresence, Presence } from '#protocol/presence.ts';
import type { Task } from '#protocol/rest.ts';
import type { Society } from '#protocol/society.ts';
import type { Cursor } from '../link/stream.ts';

export type Applied = 'applied' | 'seen-before' | 'gap';

export class SocietyStore {
  /** Changed in place by the fold; `#shown` is what components see, replaced whole once per batch. */
  #folded: Society = emptySociety();
  #shown = $state.raw<Society>(this.#folded);
  #presence = $state.raw<Presence | null>(null);
  #seq = $state.raw(0);
  #runId = $state.raw<string | null>(null);

  get personas() {
    return this.#shown.personas;
  }
  get policies() {
    return this.#shown.policies;
  }
  get activePolicy() {
    return this.#shown.activePolicy;
  }
  get tasks(): Readonly<Record<string, Task>> {
    return this.#shown.tasks;
  }
  get lost() {
    return this.#shown.lost;
  }
  get presence() {
    return this.#presence;
  }
  get seq() {
    return this.#seq;
  }
  /** False until the first welcome: nothing is known yet, which is not the same as nothing being there. */
  get isKnown() {
    return this.#runId !== null;
  }
  get cursor(): Cursor {
    return this.#runId === null ? null : { since: this.#seq, runId: this.#runId };
  }

  personaNow(name: string): PersonaPresence | undefined {
    return this.#presence?.personas.find((persona) => persona.name === name);
  }

  /** Who is at work on the task now, waiting for the card included. A persona shows one dialogue; the queue knows the others. */
  speakerIn(taskId: string): Pick<PersonaPresence, 'name' | 'state' | 'model'> | undefined {
    const engaged = this.#presence?.personas.find((one) => one.taskId === taskId && one.state !== 'asleep');
    if (engaged) return engaged;
    const waiting = this.#presence?.queue.find(({ dialogue }) => dialogue === taskId);
    return waiting && { name: waiting.persona, state: 'queued', model: waiting.model };
  }

  replace(society: Society, at: { seq: number; runId: string }): void {
    this.#folded = society;
    this.#seq = at.seq;
    this.#runId = at.runId;
    this.publish();
  }

  hear(presence: Presence): void {
    this.#presence = presence;
  }

  /** Takes the next fact. Doubles are passed over; on a gap nothing changes. */
  apply(entry: Entry): Applied {
    if (entry.seq <= this.#seq) return 'seen-before';
    if (entry.seq > this.#seq + 1) return 'gap';
    applyFact(this.#folded, entry);
    this.#seq = entry.seq;
    return 'applied';
  }

  /** Shows what was folded since the last time. Tasks that did not change keep their identity. */
  publish(): void {
    this.#shown = { ...this.#folded, tasks: { ...this.#folded.tasks } };
  }
}

export const [getSociety, setSociety] = createContext<SocietyStore>();
