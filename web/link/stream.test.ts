import { expect, test } from 'vitest';
import type { Frame } from '#protocol/stream.ts';
import { backOffMs, LONGEST_WAIT_MS, openLink, type Cursor, type LinkState, type Socket } from './stream.ts';

/** A socket whose other end is the test. */
function wire() {
  const sent: unknown[] = [];
  const socket: Socket & { isClosed: boolean } = {
    isClosed: false,
    send: (text) => sent.push(JSON.parse(text)),
    close: () => (socket.isClosed = true),
    onopen: null,
    onmessage: null,
    onclose: null,
  };
  return {
    socket,
    sent,
    open: () => socket.onopen?.({} as never),
    say: (frame: unknown) => socket.onmessage?.({ data: JSON.stringify(frame) } as MessageEvent<string>),
    drop: (code = 1006) => socket.onclose?.({ code }),
  };
}

const welcome = { type: 'welcome', protocol: 1, runId: 'run', bootId: 'boot', seq: 7, mode: 'replay' };

function linked() {
  const wires: ReturnType<typeof wire>[] = [];
  const frames: Frame[] = [];
  const states: LinkState[] = [];
  const timers: { ms: number; then: () => void; isOff: boolean }[] = [];
  let cursor: Cursor = null;
  const link = openLink({
    open() {
      const made = wire();
      wires.push(made);
      return made.socket;
    },
    cursor: () => cursor,
    onFrame: (frame) => frames.push(frame),
    onState: (state) => states.push(state),
    after(ms, then) {
      const timer = { ms, then, isOff: false };
      timers.push(timer);
      return () => (timer.isOff = true);
    },
    random: () => 0,
  });
  const newest = () => wires.at(-1) as ReturnType<typeof wire>;
  return { link, wires, newest, frames, states, timers, setCursor: (to: Cursor) => (cursor = to) };
}

test('a first hello has no cursor, one after a loss says what was applied last', () => {
  const { newest, timers, setCursor } = linked();
  newest().open();
  expect(newest().sent).toEqual([{ type: 'hello', protocol: 1 }]);
  newest().say(welcome);
  setCursor({ since: 7, runId: 'run' });
  newest().drop();
  timers.at(-1)?.then();
  newest().open();
  expect(newest().sent).toEqual([{ type: 'hello', protocol: 1, since: 7, runId: 'run' }]);
});

test('it is live with the welcome, not before, and reconnecting after a loss', () => {
  const { newest, states, frames } = linked();
  newest().open();
  expect(states).toEqual(['connecting']);
  newest().say(welcome);
  newest().drop();
  expect(states).toEqual(['connecting', 'live', 'reconnecting']);
  expect(frames).toEqual([welcome]);
});

test('each loss doubles the wait, a welcome starts it over', () => {
  const { newest, timers } = linked();
  newest().drop();
  timers.at(-1)?.then();
  newest().drop();
  expect(timers.map(({ ms }) => ms)).toEqual([125, 250]);
  timers.at(-1)?.then();
  newest().open();
  newest().say(welcome);
  newest().drop();
  expect(timers.at(-1)?.ms).toBe(125);
});

test('the wait never gets longer than its limit, and jitter takes at most half of it', () => {
  expect(backOffMs(40, 1)).toBe(LONGEST_WAIT_MS);
  expect(backOffMs(40, 0)).toBe(LONGEST_WAIT_MS / 2);
});

test('a resync from the server is answered with a hello on the same line', () => {
  const { newest, wires, setCursor, frames } = linked();
  newest().open();
  newest().say(welcome);
  setCursor({ since: 9, runId: 'run' });
  newest().say({ type: 'resync', seq: 12 });
  expect(wires).toHaveLength(1);
  expect(newest().sent.at(-1)).toEqual({ type: 'hello', protocol: 1, since: 9, runId: 'run' });
  expect(frames).toEqual([welcome]);
});

test('a retry by hand comes back at once and calls the timer off', () => {
  const { link, wires, newest, timers } = linked();
  newest().drop();
  link.retryNow();
  expect(wires).toHaveLength(2);
  expect(timers[0]?.isOff).toBe(true);
  link.retryNow();
  expect(wires).toHaveLength(2);
});

test('what an old line still says after its loss is not heard', () => {
  const { link, wires, newest, frames } = linked();
  newest().drop();
  link.retryNow();
  wires[0]?.say(welcome);
  expect(frames).toEqual([]);
});

test('a refusal is told apart from an outage', () => {
  const { newest, states } = linked();
  newest().drop(1008);
  expect(states.at(-1)).toBe('refused');
});

test('a closed link does not come back', () => {
  const { link, newest, timers } = linked();
  link.close();
  expect(newest().socket.isClosed).toBe(true);
  newest().drop();
  expect(timers).toEqual([]);
});
