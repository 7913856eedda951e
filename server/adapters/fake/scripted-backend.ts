/** A `ModelBackend` inside the test: it says what the script says, fails when told to, and uses no timers. */
import type { Failure } from '#domain/failure.ts';
import type { BackendKind } from '#domain/settings.ts';
import { isSameModel } from '#domain/minds.ts';
import type {
  ModelBackend,
  ModelDescription,
  ModelEvent,
  ModelRequest,
  Outcome,
  Resident,
} from '#ports/model-backend.ts';

/** A text is spoken word by word; an iterable piece by piece, whenever the test lets it go on; a failure ends the stream. */
export type Reply = string | Failure | AsyncIterable<string | Failure>;

export type Script = {
  kind?: BackendKind;
  models?: readonly (string | (Partial<ModelDescription> & { name: string }))[];
  /** What is said to a request; `signal` ends with the request. Schema requests come here too. */
  reply(request: ModelRequest, signal: AbortSignal): Reply;
};

type Call = 'load' | 'unload' | 'stream';

export type ScriptedBackend = ModelBackend & {
  /** All requests that were streamed, in order, also those that failed. */
  readonly requests: readonly ModelRequest[];
  /** Models in the order in which they were loaded, or unloaded. */
  readonly loads: readonly string[];
  readonly unloads: readonly string[];
  /** The next such call fails. Several are used up one after another. */
  failNext(call: Call, failure: Failure): void;
  /** Loads wait from now on, until the function that is given back is called. */
  holdLoads(): () => void;
  /** Nobody answers from now on; running streams break off. `comeBack` ends it, with nothing resident. */
  vanish(): void;
  comeBack(): void;
};

const DEFAULT_CONTEXT = 4_096;
const CHARACTERS_PER_TOKEN = 4;
const CANCELLED: Failure = { kind: 'cancelled', detail: 'It was stopped before it was done.' };
const UNREACHABLE: Failure = { kind: 'backend-unreachable', detail: 'Nobody answers.' };
const CUT_OFF: Failure = { kind: 'cut-off', detail: 'The connection was lost.' };

export function scriptedBackend({
  kind = 'ollama',
  models = ['gemma2:9b', 'mistral', 'phi3', 'llama3.1'],
  reply,
}: Script): ScriptedBackend {
  const known = models.map((model) => describeModel(typeof model === 'string' ? { name: model } : model));
  const requests: ModelRequest[] = [];
  const loads: string[] = [];
  const unloads: string[] = [];
  const planned = new Map<Call, Failure[]>();
  let resident: Resident[] = [];
  let loadGate: Promise<void> = Promise.resolve();
  let presence: AbortController | null = new AbortController();

  /** Why a call cannot be served, if so. */
  function refusal(call: Call, model: string, signal: AbortSignal): Failure | null {
    if (signal.aborted) return CANCELLED;
    if (!presence) return UNREACHABLE;
    const failure = planned.get(call)?.shift();
    if (failure) return failure;
    return known.some(({ name }) => isSameModel(name, model)) ? null : missing(model);
  }

  async function load(model: string, signal: AbortSignal): Promise<Outcome<Resident>> {
    const refused = refusal('load', model, signal);
    if (refused) return { ok: false, failure: refused };
    const held = await Promise.race([loadGate.then(() => null), aborted(signal)]);
    if (held) return { ok: false, failure: CANCELLED };
    const there = resident.find((one) => isSameModel(one.model, model));
    if (there) return { ok: true, value: there };
    loads.push(model);
    const loaded = { model, vramBytes: 0 };
    resident = [...resident, loaded];
    return { ok: true, value: loaded };
  }

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void, void> {
    requests.push(request);
    const refused = refusal('stream', request.model, signal) ?? tooLong(request);
    if (refused) return yield { type: 'failed', failure: refused };
    const loaded = await load(request.model, signal);
    if (!loaded.ok) return yield { type: 'failed', failure: loaded.failure };
    const lost = presence?.signal ?? AbortSignal.abort();
    const ended = AbortSignal.any([signal, lost]);
    const usage = { promptTokens: promptTokens(request), evaluatedTokens: null, completionTokens: 0 };
    for await (const piece of until(ended, pieces(reply(request, ended), request))) {
      if (ended.aborted) break;
      if (typeof piece !== 'string') return yield { type: 'failed', failure: piece, usage };
      if (usage.completionTokens === request.maxTokens) return yield { type: 'finished', finish: 'length', usage };
      usage.completionTokens += 1;
      yield { type: 'delta', text: piece };
    }
    if (signal.aborted) return yield { type: 'failed', failure: CANCELLED, usage };
    if (lost.aborted) return yield { type: 'failed', failure: CUT_OFF, usage };
    yield { type: 'finished', finish: 'stop', usage };
  }

  return {
    kind,
    requests,
    loads,
    unloads,
    async describe() {
      const none = { reachable: false, version: null, detail: 'Nobody answers', remedy: 'Start it again.', models: [] };
      if (!presence) return none;
      return {
        reachable: true,
        version: '1.0',
        detail: `Script with ${known.length} models`,
        remedy: null,
        models: known,
      };
    },
    load: (model, _options, signal) => load(model, signal),
    async unload(model, signal) {
      const refused = refusal('unload', model, signal);
      if (refused) return { ok: false, failure: refused };
      unloads.push(model);
      resident = resident.filter((one) => !isSameModel(one.model, model));
      return { ok: true, value: null };
    },
    async resident() {
      return presence ? { ok: true, value: resident } : { ok: false, failure: UNREACHABLE };
    },
    stream,
    failNext: (call, failure) => void planned.set(call, [...(planned.get(call) ?? []), failure]),
    holdLoads() {
      const { promise, resolve } = Promise.withResolvers<void>();
      loadGate = promise;
      return resolve;
    },
    vanish() {
      presence?.abort();
      presence = null;
      resident = [];
    },
    comeBack: () => void (presence ??= new AbortController()),
    close: async () => {},
  };
}

const describeModel = (model: Partial<ModelDescription> & { name: string }): ModelDescription => ({
  digest: null,
  sizeBytes: null,
  parametersB: null,
  canSpeak: true,
  ...model,
});

const missing = (model: string): Failure => ({
  kind: 'model-missing',
  detail: `There is no model ${model}.`,
  remedy: `ollama pull ${model}`,
});

function tooLong(request: ModelRequest): Failure | null {
  const { maxTokens, numCtx = DEFAULT_CONTEXT } = request;
  const needed = promptTokens(request) + maxTokens;
  return needed <= numCtx
    ? null
    : { kind: 'out-of-memory', detail: `${needed} tokens do not fit the context of ${numCtx}.` };
}

const promptTokens = ({ messages }: ModelRequest): number =>
  Math.ceil(messages.reduce((sum, { content }) => sum + content.length, 0) / CHARACTERS_PER_TOKEN);

async function* pieces(reply: Reply, { stop = [] }: ModelRequest): AsyncGenerator<string | Failure, void, void> {
  if (typeof reply === 'object' && 'kind' in reply) return yield reply;
  if (typeof reply === 'object') {
    yield* reply;
    return;
  }
  const ends = stop.map((word) => reply.indexOf(word)).filter((at) => at !== -1);
  yield* reply.slice(0, Math.min(reply.length, ...ends)).match(/\s*\S+\s*$|\s*\S+/gu) ?? [];
}

/** The items of `source` until `signal` aborts, without waiting for one that never comes. */
async function* until<T>(signal: AbortSignal, source: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  const end = aborted(signal);
  while (true) {
    const next = await Promise.race([source.next(), end]);
    if (next === ABORTED || next.done) return;
    yield next.value;
  }
}

const ABORTED = Symbol('aborted');
function aborted(signal: AbortSignal): Promise<typeof ABORTED> {
  if (signal.aborted) return Promise.resolve(ABORTED);
  const { promise, resolve } = Promise.withResolvers<typeof ABORTED>();
  signal.addEventListener('abort', () => resolve(ABORTED), { once: true });
  return promise;
}
