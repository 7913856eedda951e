/** Where the canvas is looked at from. Knows nothing of morphs or of xyflow; places in canvas px, the pane in screen px. */
import { createContext } from 'svelte';
import { prefersReducedMotion } from 'svelte/motion';
import type { Place } from './world.ts';

export type Viewport = { x: number; y: number; zoom: number };

export const ZOOM = { least: 0.25, most: 1.5 };
const MARGIN = 24;
const GLIDE_MS = 280;

export class Camera {
  #viewport = $state.raw<Viewport>({ x: 0, y: 0, zoom: 1 });
  #glide = 0;
  /** Size of the pane, kept by whoever draws it. */
  pane = $state.raw({ width: 0, height: 0 });

  get viewport() {
    return this.#viewport;
  }
  set viewport(viewport: Viewport) {
    this.#viewport = viewport;
  }

  /** All of it in view, never larger than life. */
  fit(all: Place | null): void {
    if (!all) return;
    const room = { width: this.pane.width - 2 * MARGIN, height: this.pane.height - 2 * MARGIN };
    const zoom = Math.max(ZOOM.least, Math.min(1, room.width / all.w, room.height / all.h));
    this.glideTo({
      x: this.pane.width / 2 - (all.x + all.w / 2) * zoom,
      y: this.pane.height / 2 - (all.y + all.h / 2) * zoom,
      zoom,
    });
  }

  /** Pans just as far as needed to see it; its top left corner wins when it is larger than the pane. */
  reveal(place: Place): void {
    const { x, y, zoom } = this.#viewport;
    const to = {
      x: shiftInto(x, place.x * zoom, place.w * zoom, this.pane.width),
      y: shiftInto(y, place.y * zoom, place.h * zoom, this.pane.height),
      zoom,
    };
    if (to.x !== x || to.y !== y) this.glideTo(to);
  }

  glideTo(to: Viewport): void {
    cancelAnimationFrame(this.#glide);
    if (prefersReducedMotion.current) {
      this.#viewport = to;
      return;
    }
    const from = this.#viewport;
    const start = performance.now();
    const step = (now: number) => {
      const part = Math.min(1, (now - start) / GLIDE_MS);
      const eased = 1 - (1 - part) ** 3;
      const between = (a: number, b: number) => a + (b - a) * eased;
      this.#viewport = { x: between(from.x, to.x), y: between(from.y, to.y), zoom: between(from.zoom, to.zoom) };
      if (part < 1) this.#glide = requestAnimationFrame(step);
    };
    this.#glide = requestAnimationFrame(step);
  }
}

/** The pan along one axis after which `start..start+length` lies in the pane. */
function shiftInto(pan: number, start: number, length: number, pane: number): number {
  if (start + pan < 0 || length > pane) return start + pan === MARGIN ? pan : MARGIN - start;
  const beyond = start + length + pan - pane;
  return beyond > 0 ? pan - beyond - Math.min(MARGIN, pane - length) : pan;
}

export const [getCamera, setCamera] = createContext<Camera>();
