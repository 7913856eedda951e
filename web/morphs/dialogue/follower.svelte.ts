/** Keeps what is being said in view while the reader wants it, and lets go at the first notch upwards. */
import type { Attachment } from 'svelte/attachments';

/** Nearer to what is being said than this counts as being there, in px. */
const NEAR = 24;
/** Kept free below the words that grow, in px. */
const BELOW = 20;

export class Follower {
  #isFollowing = $state.raw(true);
  #scroller: HTMLElement | null = null;
  /** Where we scrolled to ourselves; anything else was the reader. */
  #aimed = 0;

  get isFollowing() {
    return this.#isFollowing;
  }

  jump(): void {
    this.#isFollowing = true;
    this.#goToNow();
  }

  /** For the scrolling element; its first child is what grows. */
  readonly attach: Attachment<HTMLElement> = (scroller) => {
    this.#scroller = scroller;
    const onWheel = (event: WheelEvent) => {
      if (event.deltaY < 0 && scroller.scrollTop > 0) this.#isFollowing = false;
    };
    const onScroll = () => {
      if (Math.abs(scroller.scrollTop - this.#aimed) < 2) return;
      this.#isFollowing = Math.abs(scroller.scrollTop - this.#now()) < NEAR;
    };
    const grown = new ResizeObserver(() => this.#isFollowing && this.#goToNow());
    grown.observe(scroller);
    if (scroller.firstElementChild) grown.observe(scroller.firstElementChild);
    scroller.addEventListener('wheel', onWheel, { passive: true });
    scroller.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      grown.disconnect();
      scroller.removeEventListener('wheel', onWheel);
      scroller.removeEventListener('scroll', onScroll);
      this.#scroller = null;
    };
  };

  /** Called after each change of the words: inside a taller neighbour they grow without anything changing its size. */
  follow(): void {
    if (this.#isFollowing) this.#goToNow();
  }

  /** The scroll position at which the growing words end just above the lower edge; the very end where nothing grows. */
  #now(): number {
    const scroller = this.#scroller;
    if (!scroller) return 0;
    const end = scroller.scrollHeight - scroller.clientHeight;
    const live = scroller.querySelector('[data-live]');
    if (!live) return end;
    const below = live.getBoundingClientRect().bottom - scroller.getBoundingClientRect().bottom;
    const zoom = scroller.getBoundingClientRect().height / (scroller.offsetHeight || 1) || 1;
    return Math.min(end, Math.max(0, scroller.scrollTop + below / zoom + BELOW));
  }

  #goToNow(): void {
    this.#aimed = Math.round(this.#now());
    this.#scroller?.scrollTo({ top: this.#aimed, behavior: 'instant' });
  }
}
