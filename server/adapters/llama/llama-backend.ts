/**
 * Backend `embedded`: models from a folder of GGUF files, each residency a child process of its own, so that native code can neither
 * block nor crash the server and unloading really frees the memory. Knows nothing of llama.cpp: the child does.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Failure } from '#domain/failure.ts';
import type { ModelBackend, ModelEvent, ModelRequest, Outcome, Resident } from '#ports/model-backend.ts';
import { threadsForMind } from './cores.ts';
import { startMind, type Logger, type MindProcess } from './mind-process.ts';
import { modelsFolder } from './models-folder.ts';
import type { SpeakRequest } from './wire.ts';

export type LlamaBackendOptions = {
  modelsFolder: string;
  /** A file name in the folder, or the absolute path of a GGUF file elsewhere (it is then known by its file name). */
  defaultModel: string;
  gpu?: 'auto' | false;
  /** How many conversations keep what they have evaluated; each holds a context in memory. */
  conversations?: number;
  logger?: Logger;
};

type Residency = { model: string; numCtx: number; mind: MindProcess };

const DEFAULT_CONTEXT = 4_096;
const DEFAULT_CONVERSATIONS = 6;

export type LlamaBackend = ModelBackend & {
  /** The process that holds the model, for whoever measures its memory; null while it is not resident. */
  pidOf(model: string): number | null;
};

export function llamaBackend(options: LlamaBackendOptions): LlamaBackend {
  const folder = modelsFolder({ path: options.modelsFolder, defaultModel: options.defaultModel });
  const residencies = new Map<string, Residency>();

  /** Two who want the same model at once share its process; what was found before a wait is looked at again after it. */
  async function load(model: string, numCtx: number, signal: AbortSignal): Promise<Outcome<Residency>> {
    const path = await folder.find(model);
    if (signal.aborted) return { ok: false, failure: CANCELLED };
    const known = residencies.get(model);
    if (known?.mind.state === 'loaded' && known.numCtx === numCtx) return { ok: true, value: known };
    if (known && known.mind.state !== 'gone' && known.numCtx !== numCtx) {
      await known.mind.end();
      return load(model, numCtx, signal);
    }
    if (!path) return { ok: false, failure: missing(model, folder.path) };
    const residency = known && known.mind.state === 'loading' ? known : { model, numCtx, mind: start(path, numCtx) };
    residencies.set(model, residency);
    const loaded = await orAborted(residency.mind.loaded, signal);
    if (loaded?.ok) return { ok: true, value: residency };
    await residency.mind.end();
    return { ok: false, failure: loaded?.failure ?? CANCELLED };
  }

  function start(path: string, contextSize: number): MindProcess {
    const { gpu = 'auto', conversations = DEFAULT_CONVERSATIONS, logger } = options;
    return startMind({ path, contextSize, conversations, gpu, threads: threadsForMind() }, logger);
  }

  return {
    kind: 'embedded',

    async describe(signal) {
      const [models, version] = await Promise.all([folder.list(signal), libraryVersion()]);
      const isThere = models.length > 0;
      return {
        reachable: isThere,
        version,
        detail: isThere ? `Embedded mind with ${count(models.length, 'model')}` : `No model file in ${folder.path}`,
        remedy: isThere ? null : REMEDY,
        models,
      };
    },

    async load(model, { numCtx = DEFAULT_CONTEXT }, signal) {
      const loaded = await load(model, numCtx, signal);
      return loaded.ok ? { ok: true, value: asResident(loaded.value) } : loaded;
    },

    async unload(model, signal) {
      await residencies.get(model)?.mind.end();
      residencies.delete(model);
      return signal.aborted ? { ok: false, failure: CANCELLED } : { ok: true, value: null };
    },

    async resident() {
      const loaded = [...residencies.values()].filter(({ mind }) => mind.state === 'loaded');
      return { ok: true, value: loaded.map(asResident) };
    },

    async *stream(request, signal): AsyncGenerator<ModelEvent, void, void> {
      const numCtx = request.numCtx ?? residencies.get(request.model)?.numCtx ?? DEFAULT_CONTEXT;
      const loaded = await load(request.model, numCtx, signal);
      if (!loaded.ok) return yield { type: 'failed', failure: loaded.failure };
      yield* loaded.value.mind.speak(speakRequest(request), signal);
    },

    pidOf(model) {
      const mind = residencies.get(model)?.mind;
      return mind?.state === 'loaded' ? mind.pid : null;
    },

    async close() {
      folder.close();
      await Promise.all([...residencies.values()].map(({ mind }) => mind.end()));
      residencies.clear();
    },
  };
}

const CANCELLED: Failure = { kind: 'cancelled', detail: 'It was stopped before it was done.' };
const REMEDY = 'Run `npm start` again, or put a GGUF file into data/models.';

const missing = (model: string, folder: string): Failure => ({
  kind: 'model-missing',
  detail: `There is no model ${model} in ${folder}.`,
  remedy: REMEDY,
});

const asResident = ({ model, mind }: Residency): Resident => ({ model, vramBytes: mind.vramBytes });

const count = (amount: number, noun: string): string => `${amount} ${noun}${amount === 1 ? '' : 's'}`;

function speakRequest({
  messages,
  seed,
  temperature,
  maxTokens,
  stop,
  schema,
  conversation,
}: ModelRequest): SpeakRequest {
  return {
    messages: [...messages],
    seed,
    temperature,
    maxTokens,
    stop: [...(stop ?? [])],
    schema: schema ?? null,
    conversation,
  };
}

/** `work`'s value, or null as soon as `signal` aborts. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  if (signal.aborted) return null;
  const { promise: aborted, resolve } = Promise.withResolvers<null>();
  const stop = (): void => resolve(null);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Read from its package file: importing the library would load native code into the server. */
async function libraryVersion(): Promise<string | null> {
  const file = new URL('../package.json', import.meta.resolve('node-llama-cpp'));
  const text = await readFile(fileURLToPath(file), 'utf8').catch(() => null);
  return text === null ? null : z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
