/**
 * Keeps one connection to /api/stream: says hello with the cursor, passes frames on, comes back after a loss.
 * Knows nothing of what the frames mean. Times in milliseconds.
 */
import type { Frame, Hello } from '#protocol/stream.ts';

/** The part of a WebSocket that is used, so that a test can bring its own. */
export type Socket = {
  send(text: string): void;
  close(): void;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: MessageEvent<string>) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
};

/** `since` is the last applied seq; null before anything was applied. */
export type Cursor = { since: number; runId: string } | null;

export type LinkState = 'connecting' | 'live' | 'reconnecting' | 'refused';

export type Link = {
  /** Says hello again on the open connection: the answer fills what is missing. */
  resync(): void;
  /** Comes back at once instead of waiting out the back-off, for instance when the machine is online again. */
  retryNow(): void;
  close(): void;
};

type Options = {
  open(): Socket;
  cursor(): Cursor;
  onFrame(frame: Frame): void;
  onState(state: LinkState): void;
  /** Calls `then` after `ms`; returns the way to call it off. */
  after(ms: number, then: () => void): () => void;
  /** 0..1, for jitter. */
  random(): number;
};

export const FIRST_WAIT_MS = 250;
export const LONGEST_WAIT_MS = 8_000;
const POLICY = 1008;

export function openLink({ open, cursor, onFrame, onState, after, random }: Options): Link {
  let socket: Socket | null = null;
  let losses = 0;
  let isWelcome = false;
  let isClosed = false;
  let callOff = () => {};

  function hello(): Hello {
    const known = cursor();
    return known
      ? { type: 'hello', protocol: 1, since: known.since, runId: known.runId }
      : { type: 'hello', protocol: 1 };
  }

  function connect(): void {
    callOff();
    isWelcome = false;
    const mine = open();
    socket = mine;
    mine.onopen = () => mine.send(JSON.stringify(hello()));
    mine.onmessage = ({ data }) => {
      if (socket !== mine) return;
      receive(JSON.parse(data) as Frame);
    };
    mine.onclose = ({ code }) => {
      if (socket === mine) lost(code);
    };
  }

  function receive(frame: Frame): void {
    if (frame.type === 'resync') return resync();
    if (frame.type === 'welcome') {
      losses = 0;
      isWelcome = true;
      onState('live');
    }
    onFrame(frame);
  }

  function lost(code: number): void {
    socket = null;
    if (isClosed) return;
    onState(code === POLICY ? 'refused' : 'reconnecting');
    callOff = after(backOffMs(losses, random()), connect);
    losses += 1;
  }

  function resync(): void {
    if (isWelcome) socket?.send(JSON.stringify(hello()));
  }

  onState('connecting');
  connect();
  return {
    resync,
    retryNow() {
      if (!socket && !isClosed) connect();
    },
    close() {
      isClosed = true;
      callOff();
      socket?.close();
    },
  };
}

/** Doubles with every loss up to the longest wait; half of it is jitter, so that tabs do not come back in step. */
export function backOffMs(losses: number, random: number): number {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** losses);
  return Math.round(full / 2 + (full / 2) * random);
}
