import { createServer } from 'node:net';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { once } from 'node:events';
import WebSocket from 'ws';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Task } from '#domain/task.ts';
import type { Frame } from '#protocol/stream.ts';
import { startFakeOllama, type FakeChat, type FakeOllama } from './adapters/fake/ollama-server.ts';
import { isRunning, startServer, type RunningServer } from './server-process.ts';

const SHIPPED = fileURLToPath(new URL('../config', import.meta.url));

let ollama: FakeOllama;
let folder: string;
const servers: RunningServer[] = [];

const reply = ({ format, messages }: FakeChat): string => {
  if (!format) return `I have read ${messages.length} messages and say so in a sentence of some length.`;
  const all = { position: 'I hold it.', contests: [], concedes: [], agreement: 0, newPoints: [] };
  const wanted = Object.keys(format['properties'] ?? {});
  return JSON.stringify(Object.fromEntries(Object.entries(all).filter(([key]) => wanted.includes(key))));
};

beforeAll(async () => {
  ollama = await startFakeOllama({ models: ['gemma2:9b', 'mistral', 'phi3', 'llama3.1'], reply, tokensPerSecond: 200 });
});
afterAll(() => ollama.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bat-server-'));
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.end('SIGKILL')));
  rmSync(folder, { recursive: true, force: true });
});

const environment = (extra: Record<string, string> = {}) => ({
  BAT_DATA: join(folder, 'data'),
  BAT_BACKEND: 'ollama',
  OLLAMA_HOST: ollama.url,
  ...extra,
});

async function running(extra: Record<string, string> = {}): Promise<RunningServer> {
  const server = await startServer(environment(extra));
  if (!isRunning(server)) throw new Error(`the server did not start: ${server.stderr}`);
  servers.push(server);
  return server;
}

async function refused(extra: Record<string, string> = {}): Promise<{ code: number | null; line: string }> {
  const server = await startServer(environment(extra));
  if (isRunning(server)) {
    servers.push(server);
    throw new Error('the server started');
  }
  return { code: server.code, line: server.stderr.trim() };
}

const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

/** A client of the stream: all frames so far, and a way to wait for one. */
function listen(url: string, hello: Record<string, unknown> = {}) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/stream`);
  const frames: Frame[] = [];
  const waiting: { where: (frame: Frame) => boolean; resolve: (frame: Frame) => void }[] = [];
  socket.on('open', () => socket.send(JSON.stringify({ type: 'hello', protocol: 1, ...hello })));
  socket.on('message', (raw: Buffer) => {
    const frame = JSON.parse(raw.toString('utf8')) as Frame;
    frames.push(frame);
    for (const one of waiting) if (one.where(frame)) one.resolve(frame);
  });
  const until = (where: (frame: Frame) => boolean) =>
    new Promise<Frame>((resolve) => {
      const found = frames.find(where);
      if (found) resolve(found);
      else waiting.push({ where, resolve });
    });
  const isFact =
    (type: string, where: (event: never) => boolean = () => true) =>
    (frame: Frame) =>
      frame.type === 'fact' && frame.event.type === type && where(frame.event as never);
  return {
    socket,
    frames,
    until,
    untilFact: (type: string, where?: (event: never) => boolean) => until(isFact(type, where)),
  };
}

describe('the server', () => {
  test('says one line when it is ready, answers, and ends cleanly when told to', async () => {
    const server = await running();
    expect(server.readyLine).toBe(`BAT OS ready at ${server.url} · Ollama 0.17.4 with 4 models`);
    const health = await (await fetch(`${server.url}/api/health`)).json();
    expect(health).toMatchObject({ status: 'ready', backend: { kind: 'ollama', reachable: true, version: '0.17.4' } });
    expect(await server.end('SIGTERM')).toBe(0);
  });

  test('lets a dialogue stream to its end, every committed text equal to its joined deltas', async () => {
    const { url } = await running();
    const client = listen(url);
    await client.until(({ type }) => type === 'welcome');
    const response = await post(`${url}/api/tasks`, { prompt: 'Rest?', maxTurns: 3, seed: 2 });
    const created = (await response.json()) as Task;
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe(`/api/tasks/${created.id}`);
    await client.untilFact('task.finished');
    const texts = new Map<number, string>();
    for (const frame of client.frames) {
      if (frame.type === 'signal')
        texts.set(frame.event.no, (texts.get(frame.event.no) ?? '').slice(0, frame.event.from) + frame.event.text);
    }
    const task = (await (await fetch(`${url}/api/tasks/${created.id}`)).json()) as Task;
    expect(task).toMatchObject({ status: 'done', outcome: 'capped', turns: { length: 4 } });
    expect(task.turns.map(({ text }) => text)).toEqual([...texts.values()]);
    const seqs = client.frames.flatMap((frame) => (frame.type === 'fact' ? [frame.seq] : []));
    expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
    const late = listen(url, { since: 0 });
    await late.untilFact('task.finished');
    expect(late.frames.flatMap((frame) => (frame.type === 'fact' ? [frame.seq] : []))).toEqual(
      Array.from({ length: seqs.at(-1) ?? 0 }, (_, index) => index + 1),
    );
  });

  test('killed in the middle of a dialogue, goes on at the next turn, with nothing lost or said twice', async () => {
    const first = await running();
    const client = listen(first.url);
    const { id } = (await (await post(`${first.url}/api/tasks`, { prompt: 'Rest?', maxTurns: 5 })).json()) as Task;
    await client.untilFact('turn.started', (event: { no: number }) => event.no === 2);
    const before = (await (await fetch(`${first.url}/api/tasks/${id}`)).json()) as Task;
    await first.end('SIGKILL');
    const second = await running();
    const again = listen(second.url, { since: 0 });
    await again.untilFact('task.finished');
    const after = (await (await fetch(`${second.url}/api/tasks/${id}`)).json()) as Task;
    expect(after.turns.slice(0, before.turns.length)).toEqual(before.turns);
    expect(after.turns.map(({ no }) => no)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('tells a late joiner the words of the turn that is being spoken', async () => {
    const slow = await startFakeOllama({
      models: ['gemma2:9b', 'mistral', 'phi3', 'llama3.1'],
      reply: () => 'one two three four five six seven eight nine ten',
      tokensPerSecond: 10,
    });
    const { url } = await running({ OLLAMA_HOST: slow.url });
    const early = listen(url);
    await post(`${url}/api/tasks`, { prompt: 'Count.', kind: 'talk', persona: 'BABS' });
    await early.until((frame) => frame.type === 'signal' && frame.event.from > 5);
    const late = listen(url);
    const first = await late.until(({ type }) => type === 'signal');
    expect(first).toMatchObject({ event: { from: 0, text: expect.stringMatching(/^one two/) } });
    await slow.close();
  });

  test('is asked for the same thing twice with one key, and does it once', async () => {
    const { url } = await running();
    const ask = (prompt: string) =>
      post(`${url}/api/tasks`, { prompt, kind: 'talk', persona: 'BABS' }, { 'idempotency-key': 'k1' });
    const [first, atOnce] = await Promise.all([ask('Where?'), ask('Where?')]);
    const again = await ask('Where?');
    expect([first.status, again.status, again.headers.get('location')]).toEqual([
      201,
      201,
      first.headers.get('location'),
    ]);
    const said = await first.text();
    expect([await atOnce.text(), await again.text()]).toEqual([said, said]);
    expect(await (await ask('Whither?')).json()).toMatchObject({ status: 409, code: 'idempotency-key-reused' });
    expect(((await (await fetch(`${url}/api/tasks`)).json()) as { items: unknown[] }).items).toHaveLength(1);
  });
});

test('a task is renamed, archived and rated, and nothing else of it can be changed', async () => {
  const { url } = await running();
  const { id } = (await (
    await post(`${url}/api/tasks`, { prompt: 'Where?', kind: 'talk', persona: 'BABS' })
  ).json()) as Task;
  const patch = (body: unknown) =>
    fetch(`${url}/api/tasks/${id}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  expect(await (await patch({ title: ' The river ', rating: { score: 4, word: 'clear' } })).json()).toMatchObject({
    title: 'The river',
    archived: false,
    rating: { score: 4, word: 'clear' },
  });
  expect(await (await patch({ archived: true })).json()).toMatchObject({
    title: 'The river',
    archived: true,
    rating: { score: 4 },
  });
  expect(await (await patch({ rating: { score: 6 } })).json()).toMatchObject({
    status: 422,
    errors: [{ path: 'rating.score' }],
  });
  expect(await (await patch({ prompt: 'Whither?' })).json()).toMatchObject({ status: 422 });
  expect(await (await fetch(`${url}/api/tasks/${id}/transcript.md`)).text()).toContain('# The river');
});

describe('bad input is answered with what would be right', () => {
  let url: string;
  let server: RunningServer;
  let data: string;
  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), 'bat-server-'));
    const started = await startServer({ BAT_DATA: data, BAT_BACKEND: 'ollama', OLLAMA_HOST: ollama.url });
    if (!isRunning(started)) throw new Error(`the server did not start: ${started.stderr}`);
    server = started;
    url = server.url;
  });
  afterAll(async () => {
    await server.end('SIGKILL');
    rmSync(data, { recursive: true, force: true });
  });

  test.each([
    ['an empty prompt', { prompt: '   ' }, /the prompt is empty: write 1 to 32,000 characters/],
    ['a prompt of 1 MB', { prompt: 'x'.repeat(1024 * 1024) }, /the prompt is too long: 32,000 characters at most/],
    ['a prompt that is no text', { prompt: 42 }, /the prompt must be text/],
    ['a prompt of control characters', { prompt: 'a\u0000b' }, /the prompt must be text/],
    [
      'an unknown persona',
      { prompt: 'x', personas: ['BRICK', 'JOKER'] },
      /There is no persona "JOKER". The society has: ALFRED, BABS, BRICK, ROBIN/,
    ],
    ['an unknown policy', { prompt: 'x', policy: 'Haste' }, /There is no policy "Haste". There are: Default Patience/],
    ['a key that is not known', { prompt: 'x', polcy: 'y' }, /polcy/],
    ['a talk with nobody', { prompt: 'x', kind: 'talk' }, /a talk needs a persona/],
  ])('%s: 422', async (_, body, detail) => {
    const response = await post(`${url}/api/tasks`, body);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({
      status: 422,
      detail: expect.stringMatching(detail),
      errors: [{ path: expect.any(String) }],
    });
  });

  test('what is no JSON, no task or no route says so', async () => {
    expect(await (await post(`${url}/api/tasks`, '{')).json()).toMatchObject({ status: 400, code: 'invalid-json' });
    expect(
      await (
        await fetch(`${url}/api/tasks`, { method: 'POST', body: 'prompt=x', headers: { 'content-type': 'text/plain' } })
      ).json(),
    ).toMatchObject({ status: 415 });
    expect(await (await fetch(`${url}/api/tasks/none`)).json()).toMatchObject({ status: 404, code: 'unknown-task' });
    expect(await (await fetch(`${url}/api/tasks/${'x'.repeat(65)}`)).json()).toMatchObject({ status: 422 });
    expect(await (await fetch(`${url}/api/nothing`)).json()).toMatchObject({ status: 404, code: 'not-found' });
    expect(await (await fetch(`${url}/api/tasks?limit=0`)).json()).toMatchObject({ status: 422 });
  });

  test('a foreign host or origin gets nothing, over HTTP and over the socket', async () => {
    const { port } = new URL(url);
    expect((await fetch(url.replace('127.0.0.1', 'localhost') + '/api/health')).status).toBe(200);
    expect((await post(`${url}/api/tasks`, { prompt: 'x' }, { origin: 'http://evil.example' })).status).toBe(403);
    expect((await fetch(`${url}/api/health`, { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403);
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/stream`, { headers: { origin: 'http://evil.example' } });
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(403);
    const rebound = new WebSocket(`ws://127.0.0.1:${port}/api/stream`, { headers: { host: `evil.example:${port}` } });
    const [, second] = (await once(rebound, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(second.statusCode).toBe(421);
  });

  test('the first word on the socket must be hello', async () => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/stream`);
    await once(socket, 'open');
    socket.send('{"type":"goodbye"}');
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).toBe(1008);
  });

  test('the OpenAPI document names every route', async () => {
    const document = (await (await fetch(`${url}/api/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, unknown>;
    };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).sort()).toEqual([
      '/api/health',
      '/api/society',
      '/api/tasks',
      '/api/tasks/{id}',
      '/api/tasks/{id}/cancel',
      '/api/tasks/{id}/pause',
      '/api/tasks/{id}/resume',
      '/api/tasks/{id}/transcript.md',
    ]);
  });
});

describe('a start that cannot be is one clear line and exit code 1', () => {
  test('on a port that is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    expect(await refused({ BAT_PORT: String(port) })).toEqual({
      code: 1,
      line: `Port ${port} is in use. Stop what uses it, or set BAT_PORT to another one (0 takes any free port).`,
    });
    other.close();
  });

  test('on a data folder that another server uses', async () => {
    await running();
    expect(await refused()).toMatchObject({
      code: 1,
      line: expect.stringContaining('Another BAT OS server is using the data folder'),
    });
  });

  test('on a data folder that cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '');
    expect(await refused({ BAT_DATA: join(folder, 'file', 'data') })).toMatchObject({
      code: 1,
      line: expect.stringMatching(/cannot be written.*BAT_DATA/),
    });
  });

  test('with a broken file, as long as no good version of it is known; then the last good one is in force', async () => {
    const config = join(folder, 'config');
    cpSync(SHIPPED, config, { recursive: true });
    const break_ = () => writeFileSync(join(config, 'codex.toml'), 'version = "14.0"\n\n[[persona]\nname = "X"\n');
    break_();
    expect(await refused({ BAT_CONFIG: config })).toMatchObject({
      code: 1,
      line: expect.stringMatching(/^codex\.toml, line 3: /),
    });
    cpSync(SHIPPED, config, { recursive: true });
    await (await running({ BAT_CONFIG: config })).end('SIGTERM');
    break_();
    const { url } = await running({ BAT_CONFIG: config });
    expect(await (await fetch(`${url}/api/health`)).json()).toMatchObject({
      status: 'degraded',
      checks: expect.arrayContaining([
        expect.objectContaining({ name: 'codex.toml', ok: false, detail: expect.stringContaining('line 3') }),
      ]),
    });
  });

  test('beyond loopback without a token', async () => {
    expect(await refused({ BAT_HOST: '0.0.0.0' })).toMatchObject({
      code: 1,
      line: expect.stringContaining('loopback'),
    });
  });

  test('with a word in the environment that cannot be right', async () => {
    expect(await refused({ BAT_BACKEND: 'magic' })).toMatchObject({
      code: 1,
      line: expect.stringContaining('auto, ollama, embedded, openai'),
    });
  });
});
