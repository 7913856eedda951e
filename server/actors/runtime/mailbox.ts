/** A bounded queue that hands over one message at a time, a few per turn of the event loop. Knows nothing of actors. */

export type Refusal = 'mailbox-full' | 'stopped' | 'gave-up';

export type Mailbox<Message> = {
  put(message: Message): void;
  /** Refuses what waits and whatever comes. */
  close(reason: Exclude<Refusal, 'mailbox-full'>): void;
  readonly length: number;
};

type Options<Message> = {
  limit: number;
  /** Messages handed over before the event loop gets its turn. */
  batch: number;
  receive(message: Message): void;
  refused(message: Message, reason: Refusal): void;
};

export function mailbox<Message>({ limit, batch, receive, refused }: Options<Message>): Mailbox<Message> {
  let waiting: Message[] = [];
  let isScheduled = false;
  let closed: Exclude<Refusal, 'mailbox-full'> | null = null;

  function schedule(): void {
    if (isScheduled || waiting.length === 0) return;
    isScheduled = true;
    setImmediate(drain);
  }

  function drain(): void {
    isScheduled = false;
    for (let handed = 0; handed < batch && !closed; handed++) {
      const message = waiting.shift();
      if (message === undefined) return;
      receive(message);
    }
    schedule();
  }

  return {
    put(message) {
      if (closed) return refused(message, closed);
      if (waiting.length >= limit) return refused(message, 'mailbox-full');
      waiting.push(message);
      schedule();
    },
    close(reason) {
      closed ??= reason;
      for (const message of waiting) refused(message, closed);
      waiting = [];
    },
    get length() {
      return waiting.length;
    },
  };
}
