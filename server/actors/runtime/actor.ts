/** What an actor is, and what it is given. Knows nothing of how messages are delivered. Durations in milliseconds. */

/** How a piece of slow work ended. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; error: unknown };

export type Ref<Message> = {
  readonly path: string;
  /** Puts a message into the mailbox and returns at once; what cannot be delivered becomes a dead letter. */
  tell(message: Message): void;
};

export type Context<Message> = {
  readonly self: Ref<Message>;
  /** Starts a child; it is stopped with its parent. */
  spawn<State, ChildMessage>(spec: ActorSpec<State, ChildMessage>): Ref<ChildMessage>;
  stop(child: Ref<never>): void;
  /**
   * Starts slow work. Its outcome arrives as a message, unless it was cancelled by the returned function or this
   * incarnation of the actor has ended; then the signal aborts and the outcome is dropped.
   */
  run<T>(work: (signal: AbortSignal) => Promise<T>, toMessage: (outcome: Outcome<T>) => Message): () => void;
  /** Sends `message` to this incarnation after `ms`; returns the way to call it off. */
  after(ms: number, message: Message): () => void;
};

/** Restarts at most `times` within `withinMs`; then it gives up. */
export type RestartBudget = { times: number; withinMs: number };

export type ActorSpec<State, Message> = {
  name: string;
  /** Builds the state, from the database where it is durable. Runs at the start and again after a crash. */
  init(context: Context<Message>): State;
  /** Handles one message and returns the next state. Never waits. */
  receive(state: State, message: Message, context: Context<Message>): State;
  /** Left out: a crash ends the actor. */
  restart?: RestartBudget;
  /** Most messages that may wait; 1,000 when left out. */
  mailbox?: number;
  /** What to tell this actor when a child has given up. */
  childGaveUp?(child: string, reason: string): Message;
};
