/** Keeps a scrolling text at its end while the reader is there, and lets go at the first notch upwards. */
import type { Attachment } from 'svelte/attachments';

/** Nearer to the end than this counts as being there, in px. */
const NEAR = 24;

export class Follower {
  #isFollowing = $state.raw(true);
  #scroller: HTMLElement | null = null;

  get isFollowing() {
    return this.#isFollowing;
  }

  jump(): void {
    this.#isFollowing = true;
    this.#toEnd('smooth');
  }

  /** For the scrolling element; its first child is what grows. */
  readonly attach: Attachment<HTMLElement> = (scroller) => {
    this.#scroller = scroller;
    const atEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR;
    const onWheel = (event: WheelEvent) => {
      if (event.deltaY < 0 && scroller.scrollHeight > scroller.clientHeight) this.#isFollowing = false;
    };
    let lastTop = scroller.scrollTop;
    const onScroll = () => {
      if (atEnd()) this.#isFollowing = true;
      else if (scroller.scrollTop < lastTop) this.#isFollowing = false;
      lastTop = scroller.scrollTop;
    };
    const grown = new ResizeObserver(() => this.#isFollowing && this.#toEnd('instant'));
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

  #toEnd(behavior: ScrollBehavior): void {
    this.#scroller?.scrollTo({ top: this.#scroller.scrollHeight, behavior });
  }
}
