/** Asking an actor from outside, with a time limit. For the HTTP edge only; actors tell each other. */
import type { Ref } from './actor.ts';

type Answering<A> = { reply: (answer: A) => void; failed: (error: unknown) => void };

/** Rejects with the actor's error, or after `timeoutMs` when it has not answered. */
export function ask<A, Message>(
  ref: Ref<Message>,
  toMessage: (answering: Answering<A>) => Message,
  timeoutMs: number,
): Promise<A> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${ref.path} did not answer within ${timeoutMs} ms`)), timeoutMs);
    const settle =
      <T>(end: (value: T) => void) =>
      (value: T) => {
        clearTimeout(timer);
        end(value);
      };
    ref.tell(toMessage({ reply: settle(resolve), failed: settle(reject) }));
  });
}
