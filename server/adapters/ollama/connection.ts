/**
 * One call to Ollama: the `ollama` package over our own sockets, so that a signal ends any call at any moment, waiting for headers has no
 * limit but ours, and a refusal or a broken line is an error and never less text. Knows nothing of models.
 */
import { Ollama } from 'ollama';
import { Agent, fetch, type RequestInfo, type RequestInit } from 'undici';

/** Ollama answered, and said no. */
export class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The answer had begun when the connection or its content broke. */
export class BrokenAnswer extends Error {}

export type Connection = {
  /** A client whose calls end with `signal`. */
  client(signal: AbortSignal): Ollama;
  close(): Promise<void>;
};

export function connection(url: string): Connection {
  // headers come only when the model is loaded, and the budgets are ours: undici's own would end a call after 300 s
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, connectTimeout: 10_000, connections: null });
  return {
    client: (signal) => new Ollama({ host: url, fetch: fetchWith(agent, signal) }),
    close: () => agent.destroy(),
  };
}

/** The types of undici's `fetch` and of the global one are twins that do not know each other. */
function fetchWith(dispatcher: Agent, signal: AbortSignal): typeof globalThis.fetch {
  const call = async (input: RequestInfo, init?: RequestInit): Promise<Response> => {
    const response = await fetch(input, { ...init, dispatcher, signal });
    if (!response.ok) throw new Refusal(response.status, messageIn(await response.text()) ?? response.statusText);
    const body = (response.body as ReadableStream<Uint8Array> | null)?.pipeThrough(wholeLines()) ?? null;
    return new Response(body, { status: response.status });
  };
  return call as unknown as typeof globalThis.fetch;
}

function messageIn(body: string): string | null {
  try {
    const { error } = JSON.parse(body) as { error?: unknown };
    return typeof error === 'string' ? error : null;
  } catch {
    return body.trim().slice(0, 300) || null;
  }
}

/** The package skips a line that is not JSON, and with it a part of the speech; here it breaks the answer. */
function wholeLines(): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  let line = '';
  const check = (text: string): void => {
    if (text.trim() === '') return;
    try {
      JSON.parse(text);
    } catch {
      throw new BrokenAnswer(`a line of the answer is not JSON: ${text.slice(0, 80)}`);
    }
  };
  return new TransformStream({
    transform(chunk, controller) {
      const lines = (line + decoder.decode(chunk, { stream: true })).split('\n');
      line = lines.pop() ?? '';
      lines.forEach(check);
      controller.enqueue(chunk);
    },
    flush: () => check(line + decoder.decode()),
  });
}
