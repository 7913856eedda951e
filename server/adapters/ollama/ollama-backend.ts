/**
 * Backend `ollama`: models on an Ollama server. Knows its habits (README.md here), and nothing of who speaks or when.
 * `keep_alive` goes with a load only: Ollama leaves it as it is for requests without one, so residency stays the scheduler's word.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { ChatRequest, Options } from 'ollama';
import { z } from 'zod';
import { isSameModel } from '#domain/minds.ts';
import type {
  BackendDescription,
  ModelBackend,
  ModelEvent,
  ModelRequest,
  Outcome,
  Resident,
} from '#ports/model-backend.ts';
import { connection } from './connection.ts';
import { CANCELLED, failureOf, unreachable } from './failures.ts';
import { watchdog } from './watchdog.ts';

export type Budgets = {
  describeMs: number;
  loadMs: number;
  firstTokenMs: number;
  idleMs: number;
  unloadMs: number;
};

export type Logger = { info(message: string): void };
export type OllamaBackendOptions = { url: string; budgets?: Partial<Budgets>; logger?: Logger };

const BUDGETS: Budgets = { describeMs: 3_000, loadMs: 600_000, firstTokenMs: 120_000, idleMs: 60_000, unloadMs: 5_000 };
const DEFAULT_CONTEXT = 4_096;
const LOOK_EVERY_MS = 50;

export function ollamaBackend({ url, budgets: given, logger }: OllamaBackendOptions): ModelBackend {
  const budgets = { ...BUDGETS, ...given };
  const ollama = connection(url);
  const runnerOptions = canonicalOptions();

  /** `work` within its budget, its errors as failures. */
  async function attempt<T>(
    model: string,
    ms: number,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<Outcome<T>> {
    const late = AbortSignal.timeout(ms);
    try {
      const both = AbortSignal.any([signal, late]);
      both.throwIfAborted();
      return { ok: true, value: await work(both) };
    } catch (error) {
      if (signal.aborted) return { ok: false, failure: CANCELLED };
      if (late.aborted)
        return { ok: false, failure: { kind: 'timed-out', detail: `Ollama took longer than ${ms / 1_000} s.` } };
      return { ok: false, failure: failureOf(error, { url, model, begun: false }) };
    }
  }

  const residents = async (signal: AbortSignal): Promise<Resident[]> => {
    const { models } = Residents.parse(await ollama.client(signal).ps());
    return models.map(({ name, size_vram }) => ({ model: name, vramBytes: size_vram ?? null }));
  };
  const residentAs = async (model: string, signal: AbortSignal): Promise<Resident | undefined> =>
    (await residents(signal)).find((one) => isSameModel(one.model, model));

  async function load(model: string, numCtx: number, signal: AbortSignal): Promise<Outcome<Resident>> {
    const options = runnerOptions.remember(model, numCtx);
    const loaded = await attempt(model, budgets.loadMs, signal, async (within) => {
      await ollama.client(within).generate({ model, prompt: '', stream: false, keep_alive: -1, options });
      return residentAs(model, within);
    });
    if (!loaded.ok) return loaded;
    if (loaded.value) {
      logger?.info(`Ollama has loaded ${model}`);
      return { ok: true, value: loaded.value };
    }
    return { ok: false, failure: { kind: 'cut-off', detail: `Ollama loaded ${model}, and it is not there.` } };
  }

  async function unload(model: string, signal: AbortSignal): Promise<Outcome<null>> {
    return attempt(model, budgets.unloadMs, signal, async (within) => {
      if (!(await residentAs(model, within))) return null;
      await ollama.client(within).generate({ model, prompt: '', stream: false, keep_alive: 0 });
      while (await residentAs(model, within)) await pause(LOOK_EVERY_MS, null, { signal: within });
      return null;
    });
  }

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void, void> {
    if (signal.aborted) return yield { type: 'failed', failure: CANCELLED };
    const { model } = request;
    const isLoaded = runnerOptions.knows(model);
    const dog = watchdog(isLoaded ? budgets.firstTokenMs : budgets.loadMs + budgets.firstTokenMs);
    const left = new AbortController();
    let begun = false;
    try {
      const client = ollama.client(AbortSignal.any([signal, dog.signal, left.signal]));
      const chunks = await client.chat({
        ...chatRequest(request, runnerOptions.of(model, request.numCtx)),
        stream: true,
      });
      begun = true;
      for await (const chunk of chunks) {
        dog.feed(budgets.idleMs);
        if (signal.aborted) return yield { type: 'failed', failure: CANCELLED };
        const text = chunk.message?.content ?? '';
        if (text !== '') yield { type: 'delta', text };
        if (chunk.done) return yield finished(chunk);
      }
    } catch (error) {
      if (signal.aborted) return yield { type: 'failed', failure: CANCELLED };
      const silence = begun ? budgets.idleMs : budgets.firstTokenMs;
      yield dog.signal.aborted
        ? { type: 'failed', failure: { kind: 'timed-out', detail: `Ollama said nothing for ${silence / 1_000} s.` } }
        : { type: 'failed', failure: failureOf(error, { url, model, begun }) };
    } finally {
      dog.stop();
      left.abort();
    }
  }

  return {
    kind: 'ollama',
    async describe(signal) {
      const look = await attempt('', budgets.describeMs, signal, async (within) => {
        const client = ollama.client(within);
        const [version, tags] = await Promise.all([client.version(), client.list()]);
        return describe(Version.parse(version).version, Tags.parse(tags));
      });
      if (look.ok) return look.value;
      const { detail, remedy } = { ...unreachable(url, 'no answer'), ...look.failure };
      return { reachable: false, version: null, detail, remedy: remedy ?? null, models: [] };
    },
    load: (model, { numCtx = DEFAULT_CONTEXT }, signal) => load(model, numCtx, signal),
    unload,
    resident: (signal) => attempt('', budgets.describeMs, signal, residents),
    stream,
    close: () => ollama.close(),
  };
}

/** Any differing runner option makes Ollama load the model again: each model has one set, the one of its last load. */
function canonicalOptions() {
  const sets = new Map<string, Partial<Options>>();
  const keyOf = (model: string): string => (model.includes(':') ? model : `${model}:latest`);
  const remember = (model: string, numCtx: number): Partial<Options> => {
    const options = { num_ctx: numCtx };
    sets.set(keyOf(model), options);
    return options;
  };
  return {
    remember,
    knows: (model: string): boolean => sets.has(keyOf(model)),
    of: (model: string, numCtx = DEFAULT_CONTEXT): Partial<Options> =>
      sets.get(keyOf(model)) ?? remember(model, numCtx),
  };
}

/**
 * `num_predict` always, else a small model talks for ever; history is cut by us, never by the server unseen: neither before it reads
 * (`truncate`) nor while it speaks (`shift`). Thinking aloud is not asked for: nobody would hear it.
 */
function chatRequest(
  request: ModelRequest,
  runner: Partial<Options>,
): ChatRequest & { truncate: boolean; shift: boolean } {
  const { model, messages, seed, temperature, maxTokens, stop = [], schema } = request;
  return {
    model,
    messages: [...messages],
    options: { ...runner, seed, temperature, num_predict: maxTokens, stop: [...stop] },
    think: false,
    truncate: false,
    shift: false,
    ...(schema ? { format: schema } : {}),
  };
}

type LastChunk = { done_reason?: string; prompt_eval_count?: number; eval_count?: number };

const finished = ({ done_reason, prompt_eval_count = 0, eval_count = 0 }: LastChunk): ModelEvent => ({
  type: 'finished',
  finish: done_reason === 'length' ? 'length' : 'stop',
  usage: { promptTokens: prompt_eval_count, evaluatedTokens: null, completionTokens: eval_count },
});

const Version = z.object({ version: z.string() });
const Residents = z.object({ models: z.array(z.object({ name: z.string(), size_vram: z.number().optional() })) });
const Tags = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      digest: z.string().optional(),
      size: z.number().optional(),
      details: z
        .object({
          parameter_size: z.string().optional(),
          families: z.array(z.string()).nullish(),
          family: z.string().optional(),
        })
        .optional(),
    }),
  ),
});

function describe(version: string, { models }: z.infer<typeof Tags>): BackendDescription {
  const amount = `${models.length} ${models.length === 1 ? 'model' : 'models'}`;
  return {
    reachable: true,
    version,
    detail: `Ollama ${version} with ${amount}`,
    remedy: models.length === 0 ? 'ollama pull mistral' : null,
    models: models.map(({ name, digest, size, details }) => ({
      name,
      digest: digest ?? null,
      sizeBytes: size ?? null,
      parametersB: parametersB(details?.parameter_size),
      canSpeak: ![details?.family, ...(details?.families ?? [])].some((family) => family?.includes('bert')),
    })),
  };
}

/** "9.2B" or "134.52M", in units of 10^9. */
export function parametersB(size: string | undefined): number | null {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([BMK])$/iu.exec(size ?? '') ?? [];
  if (!amount || !unit) return null;
  const per = { B: 1, M: 1_000, K: 1_000_000 }[unit.toUpperCase()] ?? 1;
  return Number(amount) / per;
}
