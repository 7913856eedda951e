/** What the society needs of anything that can speak. Adapters implement it; `contracts/model-backend.ts` says what they must keep. */
import type { Failure } from '#domain/failure.ts';
import type { BackendKind } from '#domain/settings.ts';
import type { Finish } from '#domain/task.ts';
import type { ChatMessage } from '#protocol/facts.ts';

export type ModelDescription = {
  name: string;
  digest: string | null;
  sizeBytes: number | null;
  /** In units of 10^9 parameters, where the backend says so. */
  parametersB: number | null;
  /** False for models that only embed. */
  canSpeak: boolean;
};

export type BackendDescription = {
  reachable: boolean;
  version: string | null;
  /** One sentence for the Architect, for example `Ollama 0.17.4 with 4 models`. */
  detail: string;
  /** What he can do when it is not reachable or has no model. */
  remedy: string | null;
  models: ModelDescription[];
};

export type Resident = { model: string; vramBytes: number | null };

/** JSON Schema as zod's `toJSONSchema` gives it; the answer is constrained to it while it is decoded. */
export type JsonSchema = Record<string, unknown>;

export type ModelRequest = {
  model: string;
  messages: readonly ChatMessage[];
  seed: number;
  temperature: number;
  maxTokens: number;
  /** Context window in tokens; the same for every request to one model, or the server loads it again. */
  numCtx?: number;
  stop?: readonly string[];
  schema?: JsonSchema;
  /** Requests of one conversation share its evaluated prefix: one key per (dialogue, persona). */
  conversation: string;
};

/** Tokens. `evaluatedTokens` are the prompt tokens that were really evaluated, the rest came from a cache; null where unknown. */
export type Usage = { promptTokens: number; evaluatedTokens: number | null; completionTokens: number };

/** `usage` of a failure is what was spent until then, where the backend knows it. */
export type ModelEvent =
  | { type: 'delta'; text: string }
  | { type: 'finished'; finish: Extract<Finish, 'stop' | 'length'>; usage: Usage }
  | { type: 'failed'; failure: Failure; usage?: Usage };

export type Outcome<T> = { ok: true; value: T } | { ok: false; failure: Failure };

/** Nothing here throws for expected failures; they are values. Every call ends soon after its signal aborts, with `cancelled`. */
export type ModelBackend = {
  readonly kind: BackendKind;
  /** Who is there and with which models. Never fails: not reachable is an answer. Bounded to 3 s by the adapter. */
  describe(signal: AbortSignal): Promise<BackendDescription>;
  /** Makes the model resident with its canonical options; resolves when it is loaded. */
  load(model: string, options: { numCtx?: number }, signal: AbortSignal): Promise<Outcome<Resident>>;
  /** Ends the residency and returns only when it is verified to be gone; `timed-out` when it is still there after 5 s. */
  unload(model: string, signal: AbortSignal): Promise<Outcome<null>>;
  /** What is resident right now, as the backend itself says. */
  resident(signal: AbortSignal): Promise<Outcome<Resident[]>>;
  /**
   * Never throws: deltas, then exactly one `finished` or `failed`. A stream that breaks off is `failed` with `cut-off`, a prompt that does
   * not fit the context with `out-of-memory`. A model that is not resident is loaded first, at the price of the wait.
   */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
  /** Frees processes and sockets. */
  close(): Promise<void>;
};
