/** Puts the client together: stores, the link, and the feed between them. The browser's counterpart of a composition root. */
import { restClient } from './link/rest.ts';
import { setRest } from './link/context.ts';
import { openLink, type Link, type Socket } from './link/stream.ts';
import { Camera, setCamera } from './canvas/camera.svelte.ts';
import type { Fact } from '#protocol/facts.ts';
import type { Frame } from '#protocol/stream.ts';
import { DEFAULT_PAIR } from '#protocol/terms.ts';
import { Clock, setClock } from './state/clock.svelte.ts';
import { Connection, setConnection } from './state/connection.svelte.ts';
import { feed } from './state/feed.ts';
import { frameQueue, paintOrTimer } from './state/frame-queue.ts';
import { Herald, setHerald } from './state/herald.svelte.ts';
import { House, setHouse } from './state/house.svelte.ts';
import { LaneTrack, setLaneTrack } from './state/lane-track.svelte.ts';
import { LiveTurns, setLiveTurns } from './state/live-turns.svelte.ts';
import { setShelf, Shelf } from './state/shelf.svelte.ts';
import { setSociety, SocietyStore } from './state/society.svelte.ts';
import { setWorld, WorldStore } from './state/world.svelte.ts';

const LOOK_EVERY_MS = 30_000;
/** Facts after which the house may be in another state. */
const HOUSE_NEWS: readonly Fact['type'][] = [
  'server.started',
  'backend.lost',
  'backend.found',
  'config.changed',
  'config.rejected',
  'actor.gave-up',
];

/** Makes everything and hands it to the components below through contexts; call it while a component is being set up. */
export function makeClient() {
  const rest = setRest(restClient());
  const camera = setCamera(new Camera());
  const society = setSociety(new SocietyStore());
  const live = setLiveTurns(new LiveTurns());
  const world = setWorld(new WorldStore(localStorage, () => camera.pane));
  const house = setHouse(new House(rest));
  const herald = setHerald(new Herald());
  const connection = setConnection(new Connection());
  const lanes = setLaneTrack(new LaneTrack());
  setShelf(new Shelf(rest));
  setClock(new Clock());

  let settledFor = '';

  /** Gives everybody a place, again when the cast or the size of the pane has changed, and every new task its morph. */
  function settle(): void {
    const { width, height } = camera.pane;
    if (!society.isKnown || width === 0 || height === 0) return;
    const cast = pairFirst(society.personas.map(({ name }) => name));
    const circumstances = [width, height, ...cast].join();
    if (circumstances !== settledFor) world.settle(cast);
    settledFor = circumstances;
    world.welcome(Object.values(society.tasks));
  }

  function onApplied(): void {
    if (society.presence) lanes.hear(society.presence, Date.now());
    settle();
  }

  /** Opens the line to the server; returns the way to close it. */
  function connect(): () => void {
    let link: Link | null = null;
    const apply = feed({
      society,
      live,
      resync: () => link?.resync(),
      onNews(fact) {
        herald.tell(fact);
        if (HOUSE_NEWS.includes(fact.type)) void house.look();
      },
      onApplied,
      nowMs: () => performance.now(),
    });
    const frames = frameQueue<Frame>({ nextFrame: paintOrTimer, flush: apply });
    link = openLink({
      open: () => new WebSocket(streamAddress()) as Socket,
      cursor: () => society.cursor,
      onFrame: frames.push,
      onState(state) {
        connection.become(state);
        if (state === 'live') void house.look();
      },
      after(ms, then) {
        const timer = setTimeout(then, ms);
        return () => clearTimeout(timer);
      },
      random: Math.random,
    });
    connection.retry = link.retryNow;
    const lookAgain = setInterval(() => void house.look(), LOOK_EVERY_MS);
    addEventListener('online', link.retryNow);
    return () => {
      removeEventListener('online', connection.retry);
      clearInterval(lookAgain);
      link.close();
    };
  }

  return { camera, connection, society, world, herald, connect, settle };
}

/** Those who debate stand on top. */
function pairFirst(names: readonly string[]): string[] {
  const pair: readonly string[] = DEFAULT_PAIR;
  return names.toSorted((a, b) => Number(pair.includes(b)) - Number(pair.includes(a)));
}

function streamAddress(): string {
  const address = new URL('/api/stream', location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return address.href;
}
