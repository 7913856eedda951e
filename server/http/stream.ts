/**
 * /api/stream: facts in order without gaps, presence and signals to any number of browsers. Each frame is encoded once for all.
 * A client that reads too slowly loses signals first, then is told to resynchronise, and is let go after a while.
 */
import type { FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import type { Journal } from '#ports/journal.ts';
import type { Entry } from '#protocol/facts.ts';
import type { Presence } from '#protocol/presence.ts';
import type { TurnDelta, Signal } from '#protocol/signals.ts';
import { CLOSE, Hello, PROTOCOL, type Frame } from '#protocol/stream.ts';

type Options = {
  journal: Journal;
  bootId: string;
  presence(): Presence;
  onPresence(listener: () => void): () => void;
  onSignal(listener: (signal: Signal) => void): () => void;
};

const PRESENCE_EVERY_MS = 100;
const HEARTBEAT_MS = 15_000;
const HELLO_WITHIN_MS = 10_000;
const BUFFER_BYTES = 1024 * 1024;
const SLOW_FOR_MS = 10_000;
const PAGE = 500;
const MAX_CLIENTS = 64;

type Client = { socket: WebSocket; isLive: boolean; isAlive: boolean; slowSince: number | null };
type LiveTurn = { no: number; attempt: number; text: string };

export function stream(app: FastifyInstance, { journal, bootId, presence, onPresence, onSignal }: Options): void {
  const clients = new Set<Client>();
  /** The words of turns being spoken, for those who join late. */
  const liveTurns = new Map<string, LiveTurn>();
  let presenceTimer: NodeJS.Timeout | null = null;

  const live = () => [...clients].filter(({ isLive }) => isLive);
  const encode = (frame: Frame): string => JSON.stringify(frame);

  function deliver(client: Client, text: string, isDroppable: boolean): void {
    const { socket } = client;
    if (socket.bufferedAmount + text.length <= BUFFER_BYTES) {
      client.slowSince = null;
      socket.send(text);
      return;
    }
    if (isDroppable) return;
    client.isLive = false;
    client.slowSince = Date.now();
    socket.send(encode({ type: 'resync', seq: journal.seq }));
  }

  function sendToAll(frame: Frame, isDroppable: boolean): void {
    const receivers = live();
    if (receivers.length === 0) return;
    const text = encode(frame);
    for (const client of receivers) deliver(client, text, isDroppable);
  }

  function rememberTurn({ event }: Entry): void {
    if (event.type === 'turn.started') liveTurns.set(event.taskId, { no: event.no, attempt: event.attempt, text: '' });
    if (
      event.type === 'turn.committed' ||
      event.type === 'attempt.failed' ||
      event.type === 'task.paused' ||
      event.type === 'task.finished'
    )
      liveTurns.delete(event.taskId);
  }

  function rememberDelta({ taskId, no, attempt, from, text }: TurnDelta): void {
    const turn = liveTurns.get(taskId);
    if (turn?.no === no && turn.attempt === attempt && turn.text.length === from) turn.text += text;
  }

  function welcome(client: Client, hello: Hello): void {
    const isReplay =
      hello.since !== undefined &&
      hello.since <= journal.seq &&
      (hello.runId === undefined || hello.runId === journal.runId);
    const common = {
      type: 'welcome',
      protocol: PROTOCOL,
      runId: journal.runId,
      bootId,
      seq: journal.seq,
      presence: presence(),
    } as const;
    client.socket.send(
      encode(isReplay ? { ...common, mode: 'replay' } : { ...common, mode: 'snapshot', society: journal.society }),
    );
    if (isReplay) replay(client, hello.since ?? 0);
    client.isLive = true;
    for (const [taskId, { no, attempt, text }] of liveTurns) {
      if (text !== '')
        deliver(
          client,
          encode({ type: 'signal', event: { type: 'turn.delta', taskId, no, attempt, from: 0, text } }),
          true,
        );
    }
  }

  /** Synchronous, so that no fact can fall between the replay and what follows live. */
  function replay({ socket }: Client, since: number): void {
    for (let from = since; ;) {
      const page = journal.since(from, PAGE);
      for (const entry of page) socket.send(encode(entry));
      from = page.at(-1)?.seq ?? from;
      if (page.length < PAGE) return;
    }
  }

  function admit(socket: WebSocket): void {
    if (clients.size >= MAX_CLIENTS) return socket.close(CLOSE.tryAgainLater, 'too many clients');
    const client: Client = { socket, isLive: false, isAlive: true, slowSince: null };
    clients.add(client);
    const late = setTimeout(() => !client.isLive && socket.close(CLOSE.policy, 'say hello first'), HELLO_WITHIN_MS);
    socket.on('message', (raw: Buffer) => {
      const hello = Hello.safeParse(parsed(raw.toString('utf8')));
      if (!hello.success) return socket.close(CLOSE.policy, 'the first message must be a hello of protocol 1');
      clearTimeout(late);
      client.isLive = false;
      client.slowSince = null;
      welcome(client, hello.data);
    });
    socket.on('pong', () => (client.isAlive = true));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      clearTimeout(late);
      clients.delete(client);
    });
  }

  function beat(): void {
    for (const client of clients) {
      const isTooSlow = client.slowSince !== null && Date.now() - client.slowSince > SLOW_FOR_MS;
      if (isTooSlow) client.socket.close(CLOSE.tryAgainLater, 'too slow');
      else if (!client.isAlive) client.socket.terminate();
      client.isAlive = false;
      client.socket.ping();
    }
  }

  const stops = [
    journal.subscribe((entry) => {
      rememberTurn(entry);
      sendToAll(entry, false);
    }),
    onSignal((event) => {
      rememberDelta(event);
      sendToAll({ type: 'signal', event }, true);
    }),
    onPresence(() => {
      presenceTimer ??= setTimeout(() => {
        presenceTimer = null;
        sendToAll({ type: 'presence', ...presence() }, false);
      }, PRESENCE_EVERY_MS);
    }),
  ];
  const heartbeat = setInterval(beat, HEARTBEAT_MS);

  app.addHook('preClose', async () => {
    clearInterval(heartbeat);
    if (presenceTimer) clearTimeout(presenceTimer);
    for (const stop of stops) stop();
    for (const { socket } of clients) socket.close(CLOSE.goingAway, 'the server is stopping');
  });
  app.get('/api/stream', { websocket: true, schema: { hide: true } }, (socket) => admit(socket));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
