/**
 * A loaded model that speaks: keeps the conversations it has evaluated, the least recently used give way.
 * Runs in the child process; one speech at a time. Knows nothing of processes or messages between them.
 */
import {
  getLlama,
  LlamaGrammarEvaluationState,
  LlamaLogLevel,
  type GbnfJsonObjectSchema,
  type Llama,
  type LlamaModel,
} from 'node-llama-cpp';
import type { Failure } from '#domain/failure.ts';
import { chatForm } from './chat.ts';
import { openConversation, type Conversation } from './conversation.ts';
import { END_OF_JSON, grammarSchema } from './grammar-schema.ts';
import { speechText } from './speech-text.ts';
import type { Order, Report, SpeakRequest } from './wire.ts';

type LoadOrder = Extract<Order, { type: 'load' }>;
type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;
export type SpeechEvent = WithoutId<Extract<Report, { id: number }>>;

export type Mind = {
  readonly vramBytes: number;
  /** Deltas, then exactly one `finished` or `failed`; never throws. */
  speak(request: SpeakRequest, signal: AbortSignal): AsyncGenerator<SpeechEvent, void, void>;
};

const CANCELLED = {
  type: 'failed',
  failure: { kind: 'cancelled', detail: 'The speech was stopped.' },
} satisfies SpeechEvent;

export async function openMind(order: LoadOrder): Promise<{ ok: true; mind: Mind } | { ok: false; failure: Failure }> {
  try {
    const { gpu, threads, path } = order;
    const llama = await getLlama({ gpu, build: 'never', maxThreads: threads, logger: logToStderr });
    const model = await llama.loadModel({ modelPath: path });
    const conversations = conversationShelf(model, order);
    await conversations.take(SPARE);
    const vramBytes = llama.gpu === false ? 0 : (await llama.getVramState()).used;
    return { ok: true, mind: mindOf(llama, model, conversations, vramBytes) };
  } catch (error) {
    return { ok: false, failure: failureOf(error) };
  }
}

function mindOf(llama: Llama, model: LlamaModel, conversations: ConversationShelf, vramBytes: number): Mind {
  const form = chatForm(model);
  async function* speak(request: SpeakRequest, signal: AbortSignal): AsyncGenerator<SpeechEvent, void, void> {
    if (signal.aborted) return yield CANCELLED;
    const { maxTokens, schema } = request;
    const conversation = await conversations.take(request.conversation);
    const prompt = form(request.messages);
    if (prompt.length + maxTokens > conversation.contextSize)
      return yield { type: 'failed', failure: tooLong(prompt.length, maxTokens, conversation.contextSize) };
    const evaluatedTokens = await conversation.read(prompt, signal);
    if (evaluatedTokens === null) return yield CANCELLED;

    const text = speechText(model, [...request.stop, ...(schema ? [END_OF_JSON] : [])]);
    const usage = { promptTokens: prompt.length, evaluatedTokens, completionTokens: 0 };
    const grammar = schema ? await grammarFor(llama, model, schema) : null;
    for await (const token of conversation.continue(prompt, { ...request, grammar })) {
      if (signal.aborted) return yield { ...CANCELLED, usage };
      usage.completionTokens += 1;
      const shown = text.push(token);
      if (shown !== '') yield { type: 'delta', text: shown };
      if (text.isStopped) return yield { type: 'finished', finish: 'stop', usage };
      if (usage.completionTokens === maxTokens) break;
    }
    const rest = text.end();
    if (rest !== '') yield { type: 'delta', text: rest };
    yield { type: 'finished', finish: usage.completionTokens === maxTokens ? 'length' : 'stop', usage };
  }
  return {
    vramBytes,
    async *speak(request, signal) {
      try {
        yield* speak(request, signal);
      } catch (error) {
        yield { type: 'failed', failure: failureOf(error) };
      }
    },
  };
}

/** Opened with the model, so that a context that does not fit fails the load; the first conversation gets it. */
const SPARE = '';

type ConversationShelf = { take(key: string): Promise<Conversation> };

function conversationShelf(model: LlamaModel, order: LoadOrder): ConversationShelf {
  const contextSize = Math.min(order.contextSize, model.trainContextSize);
  const shelf = new Map<string, Conversation>();

  async function dropOldest(): Promise<void> {
    for (const [oldest, conversation] of shelf) {
      shelf.delete(oldest);
      return conversation.close();
    }
  }

  /** Memory may hold fewer conversations than are allowed; one must fit. */
  async function openWithRoom(): Promise<Conversation> {
    try {
      return await openConversation(model, { contextSize, threads: order.threads });
    } catch (error) {
      if (shelf.size === 0) throw error;
      await dropOldest();
      return openWithRoom();
    }
  }

  return {
    async take(key) {
      const found = shelf.has(key) ? key : SPARE;
      const known = shelf.get(found);
      if (!known && shelf.size >= order.conversations) await dropOldest();
      const conversation = known ?? (await openWithRoom());
      shelf.delete(found);
      shelf.set(key, conversation);
      return conversation;
    },
  };
}

async function grammarFor(llama: Llama, model: LlamaModel, schema: Record<string, unknown>) {
  const grammar = await llama.createGrammarForJsonSchema(grammarSchema(schema) as GbnfJsonObjectSchema);
  return new LlamaGrammarEvaluationState({ model, grammar });
}

const tooLong = (promptTokens: number, maxTokens: number, contextSize: number): Failure => ({
  kind: 'out-of-memory',
  detail: `The prompt of ${promptTokens} tokens and ${maxTokens} for the answer do not fit the context of ${contextSize} tokens.`,
});

function failureOf(error: unknown): Failure {
  const detail = error instanceof Error ? error.message : String(error);
  const isMemory = error instanceof Error && error.name === 'InsufficientMemoryError';
  return { kind: isMemory || /memory|allocate/iu.test(detail) ? 'out-of-memory' : 'cut-off', detail };
}

function logToStderr(level: LlamaLogLevel, message: string): void {
  if (level === LlamaLogLevel.error || level === LlamaLogLevel.fatal) process.stderr.write(message);
}
