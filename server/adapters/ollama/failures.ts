/** What an error of a call to Ollama means. Knows nothing of calls in progress. */
import type { Failure } from '#domain/failure.ts';
import { Refusal } from './connection.ts';

export const CANCELLED: Failure = { kind: 'cancelled', detail: 'It was stopped before it was done.' };

export const unreachable = (url: string, why: string): Failure => ({
  kind: 'backend-unreachable',
  detail: `Ollama does not answer at ${url}: ${why}.`,
  remedy: 'Start Ollama, or set its address in settings.toml.',
});

export const missing = (model: string): Failure => ({
  kind: 'model-missing',
  detail: `Ollama has no model ${model}.`,
  remedy: `ollama pull ${model}`,
});

/** `begun`: the head of the answer had come, so somebody was there. */
export function failureOf(
  error: unknown,
  { url, model, begun }: { url: string; model: string; begun: boolean },
): Failure {
  const said = messageOf(error);
  if (/model .*not found/iu.test(said)) return missing(model);
  if (isOutOfContext(said))
    return { kind: 'out-of-memory', detail: `The prompt does not fit the context of ${model}: ${said}.` };
  if (isOutOfMemory(said)) return outOfMemory(model, said);
  if (!(error instanceof Refusal))
    return begun ? { kind: 'cut-off', detail: `The answer of Ollama broke off: ${said}.` } : unreachable(url, said);
  if (error.status === 404) return unreachable(url, 'what answers there is not Ollama');
  if (BUSY.includes(error.status)) return unreachable(url, `it refuses with status ${error.status}, ${said}`);
  return { kind: 'cut-off', detail: `Ollama failed with status ${error.status}: ${said}.` };
}

/** Statuses of a server, or of a gateway before it, that has no room or nobody behind it right now. */
const BUSY: readonly number[] = [502, 503, 504];

const outOfMemory = (model: string, said: string): Failure => ({
  kind: 'out-of-memory',
  detail: `Ollama has not enough memory for ${model}: ${said}`,
  remedy: 'Close what else uses the card, or choose a smaller model or context.',
});

const isOutOfContext = (said: string): boolean => /exceeds? .*context|context (length|size|window)/iu.test(said);
const isOutOfMemory = (said: string): boolean =>
  /out of memory|requires more system memory|cudaMalloc|unable to allocate|failed to allocate|insufficient memory/iu.test(
    said,
  );

/** The innermost message: fetch says only "fetch failed" and keeps the reason as its cause. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return messageOf(error.cause);
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  return error.message;
}
