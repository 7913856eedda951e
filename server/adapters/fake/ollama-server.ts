/**
 * A server that speaks Ollama's wire format over real sockets, with its habits and, when told to, its faults. What it says comes from a
 * function. Knows nothing of the adapter that talks to it. Durations in milliseconds; without `loadMs` and `tokensPerSecond` no timers.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { failAtOnce, failInStream, takeFault, type FaultPlan, type PlannedFault } from './ollama-faults.ts';
import { ollamaResidency, type ResidencyStats } from './ollama-residency.ts';

export type FakeModel = { name: string; sizeBytes?: number; parameterSize?: string; family?: string };
export type FakeChat = {
  model: string;
  messages: { role: string; content: string }[];
  options: { seed?: number; temperature?: number; num_predict?: number; num_ctx?: number; stop?: string[] };
  /** The JSON schema that the answer must keep; null for free speech. */
  format: Record<string, unknown> | null;
};

export type FakeOllamaOptions = {
  models: readonly (string | FakeModel)[];
  /** What is said to a chat. With a `format` it must be JSON that keeps it. */
  reply(chat: FakeChat): string;
  port?: number;
  loadMs?: number;
  unloadMs?: number;
  tokensPerSecond?: number;
  maxResident?: number;
  /** Sends the answer in pieces of so many bytes, through the middle of characters. */
  chunkBytes?: number;
};

export type FakeOllama = {
  readonly url: string;
  readonly stats: ResidencyStats & {
    /** Every request in order; `body` is null for a GET. */
    requests: { path: string; body: unknown }[];
    chats: FakeChat[];
    /** Chats whose client had left before the end. */
    abandoned: number;
    /** Chats being answered now. */
    speaking: number;
  };
  readonly resident: readonly string[];
  fault(plan: FaultPlan): void;
  /** Stops listening, as a server that is gone; `comeBack` listens again on the same port, with nothing loaded. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
};

const VERSION = '0.17.4';
const DEFAULT_CONTEXT = 4_096;
const CHARACTERS_PER_TOKEN = 4;

type Body = Partial<FakeChat> & {
  model: string;
  prompt?: string;
  stream?: boolean;
  keep_alive?: number | string;
  truncate?: boolean;
  shift?: boolean;
};

export async function startFakeOllama(options: FakeOllamaOptions): Promise<FakeOllama> {
  const {
    loadMs = 0,
    unloadMs = 0,
    tokensPerSecond = Infinity,
    maxResident = 1,
    port = 0,
    chunkBytes = Infinity,
  } = options;
  const models = options.models.map((model) => fullModel(typeof model === 'string' ? { name: model } : model));
  const stats: FakeOllama['stats'] = { loads: [], evictions: [], requests: [], chats: [], abandoned: 0, speaking: 0 };
  const plans: PlannedFault[] = [];
  let residency = ollamaResidency({ loadMs, maxResident }, stats);
  let server = await listening(port, answer);
  const { port: boundPort } = server.address() as AddressInfo;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const body = request.method === 'GET' ? null : (JSON.parse(await readText(request)) as Body);
    stats.requests.push({ path: pathname, body });
    if (!body) return look(pathname, response);
    const model = withTag(body.model);
    if (!models.some(({ name }) => name === model)) return refuse(response, 404, `model '${body.model}' not found`);
    if (pathname === '/api/chat') return chat(model, body, response);
    if (pathname === '/api/generate' && !body.prompt)
      return body.keep_alive === 0 ? unload(model, body, response) : load(model, body, response);
    refuse(response, 404, '404 page not found');
  }

  function look(pathname: string, response: ServerResponse): void {
    const planned = takeFault(plans, 'describe');
    if (planned && failAtOnce(response, planned.fault)) return;
    if (pathname === '/api/version') return json(response, { version: VERSION });
    if (pathname === '/api/tags') return json(response, { models });
    if (pathname === '/api/ps') return json(response, { models: residency.residents.map(psEntry) });
    refuse(response, 404, '404 page not found');
  }

  const psEntry = ({ model }: { model: string }) => ({
    ...models.find(({ name }) => name === model),
    size_vram: 0,
    expires_at: '2318-01-01T00:00:00Z',
  });

  async function load(model: string, body: Body, response: ServerResponse): Promise<void> {
    const planned = takeFault(plans, 'load');
    if (planned && failAtOnce(response, planned.fault)) return;
    await residency.use(model, runnerOptions(body), leaving(response), async () =>
      json(response, { model: body.model, created_at: now(), response: '', done: true, done_reason: 'load' }),
    );
  }

  /** The answer comes at once; the model is gone a little later, or when nobody speaks any more. */
  function unload(model: string, body: Body, response: ServerResponse): void {
    const planned = takeFault(plans, 'unload');
    if (planned && failAtOnce(response, planned.fault)) return;
    json(response, { model: body.model, created_at: now(), response: '', done: true, done_reason: 'unload' });
    if (planned?.fault.kind !== 'stuck-unload') residency.expire(model, unloadMs);
  }

  async function chat(model: string, body: Body, response: ServerResponse): Promise<void> {
    const planned = takeFault(plans, 'chat');
    if (planned && failAtOnce(response, planned.fault)) return;
    const { messages = [], options: asked = {}, format = null } = body;
    const chatted: FakeChat = { model: body.model, messages, options: asked, format };
    stats.chats.push(chatted);
    const left = leaving(response);
    await residency.use(model, runnerOptions(body), left, async () => {
      const promptTokens = tokensIn(chatted);
      const room = (asked.num_ctx ?? DEFAULT_CONTEXT) - promptTokens;
      if (room < 0 && body.truncate === false)
        return refuse(response, 400, 'the input length exceeds the context length');
      const { num_predict = Infinity } = asked;
      const most = body.shift === false ? Math.min(num_predict, room) : num_predict;
      stats.speaking += 1;
      await speak(chatted, { promptTokens, most }, response, left, planned);
      stats.speaking -= 1;
    });
  }

  async function speak(
    chatted: FakeChat,
    { promptTokens, most }: { promptTokens: number; most: number },
    response: ServerResponse,
    left: AbortSignal,
    planned: PlannedFault | null,
  ): Promise<void> {
    const all = pieces(options.reply(chatted), chatted.options.stop ?? []);
    const said = all.slice(0, most);
    const ends = planned?.fault.kind === 'deaf' ? new AbortController().signal : left;
    const send = (body: object): void =>
      sendLine(response, { model: chatted.model, created_at: now(), ...body }, chunkBytes);
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    for (const [index, content] of said.entries()) {
      if (planned && index === planned.afterPieces && failInStream(response, planned.fault)) return hungUp(response);
      if (tokensPerSecond < Infinity) await pause(1_000 / tokensPerSecond);
      if (ends.aborted) return;
      send({ message: { role: 'assistant', content }, done: false });
    }
    if (planned && failInStream(response, planned.fault)) return hungUp(response);
    send({
      message: { role: 'assistant', content: '' },
      done: true,
      done_reason: said.length < all.length ? 'length' : 'stop',
      total_duration: 1,
      load_duration: 1,
      prompt_eval_count: promptTokens,
      prompt_eval_duration: 1,
      eval_count: said.length,
      eval_duration: 1,
    });
    response.end();
  }

  /** Aborts when the client has gone before the answer was whole. */
  function leaving(response: ServerResponse): AbortSignal {
    const controller = new AbortController();
    response.on('close', () => {
      if (response.writableFinished) return;
      stats.abandoned += 1;
      controller.abort();
    });
    return controller.signal;
  }

  async function goAway(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  return {
    url: `http://127.0.0.1:${boundPort}`,
    stats,
    get resident() {
      return residency.residents.map(({ model }) => model);
    },
    fault: (plan) => void plans.push({ on: 'chat', times: 1, afterPieces: 3, ...plan }),
    goAway,
    async comeBack() {
      residency = ollamaResidency({ loadMs, maxResident }, stats);
      server = await listening(boundPort, answer);
    },
    close: goAway,
  };
}

async function listening(
  port: number,
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<Server> {
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!response.destroyed && !response.headersSent) refuse(response, 500, String(error));
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function fullModel({ name, sizeBytes = 98_362_432, parameterSize = '134.52M', family = 'llama' }: FakeModel) {
  const details = {
    format: 'gguf',
    family,
    families: [family],
    parameter_size: parameterSize,
    quantization_level: 'Q4_1',
  };
  const digest = Buffer.from(name.padEnd(32).slice(0, 32)).toString('hex');
  return { name: withTag(name), model: withTag(name), modified_at: now(), size: sizeBytes, digest, details };
}

const now = (): string => new Date(0).toISOString();
const withTag = (name: string): string => (name.includes(':') ? name : `${name}:latest`);
const runnerOptions = ({ options }: Body): string => String(options?.num_ctx ?? DEFAULT_CONTEXT);
const tokensIn = ({ messages }: FakeChat): number =>
  Math.ceil(messages.reduce((sum, { content }) => sum + content.length, 0) / CHARACTERS_PER_TOKEN);

/** Words with the space before them, up to the first stop sequence. */
function pieces(text: string, stop: readonly string[]): string[] {
  const ends = stop.map((word) => text.indexOf(word)).filter((at) => at !== -1);
  return text.slice(0, Math.min(text.length, ...ends)).match(/\s*\S+\s*$|\s*\S+/gu) ?? [];
}

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}

function refuse(response: ServerResponse, status: number, error: string): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ error }));
}

function sendLine(response: ServerResponse, body: object, chunkBytes: number): void {
  const bytes = Buffer.from(`${JSON.stringify(body)}\n`);
  for (let from = 0; from < bytes.length; from += chunkBytes) response.write(bytes.subarray(from, from + chunkBytes));
}

/** Resolves when the connection is over, so that a silent answer keeps its model busy until the client has had enough. */
async function hungUp(response: ServerResponse): Promise<void> {
  if (!response.closed) await once(response, 'close');
}
