/** The Living Image as the actors and routes see it: facts go in, state comes out. Synchronous, because its one writer is. */
import type { Task, TaskSummary } from '#domain/task.ts';
import type { ChatMessage, ConfigFile, Entry, Fact } from '#protocol/facts.ts';
import type { TaskPage, TaskQuery } from '#protocol/rest.ts';
import type { Society } from '#protocol/society.ts';

/** The fault of a commit that did not happen; nothing of it was stored or announced. */
export class ImageFault extends Error {
  readonly code: 'disk-full' | 'image-unwritable';
  constructor(code: ImageFault['code'], message: string) {
    super(message);
    this.name = 'ImageFault';
    this.code = code;
  }
}

export type StoredAnswer = { status: number; location: string | null; body: string };
export type Idempotency = { key: string; bodySha256: string; answer: StoredAnswer };

export type Journal = {
  readonly runId: string;
  /** The newest `seq`; 0 before the first fact. */
  readonly seq: number;
  /** The fold of all facts up to `seq`. Read it, never write it. */
  readonly society: Readonly<Society>;
  /** Why the newest commit was refused; null when it was stored. */
  readonly fault: ImageFault | null;
  /** Stores the facts and the tables written from them in one transaction, then announces them in order. Throws `ImageFault`. */
  commit(facts: readonly Fact[], answer?: Idempotency): Entry[];
  /** Up to `limit` entries after `seq`, in order. */
  since(seq: number, limit: number): Entry[];
  /** Calls `listener` with every entry after its commit; returns the way to stop it. */
  subscribe(listener: (entry: Entry) => void): () => void;
};

export type Intent = { attempt: number; persona: string; seed: number; promptSha256: string; prompt: ChatMessage[] };
export type ConfigVersion = { version: number; sha256: string; text: string };

export type Store = {
  task(id: string): Task | undefined;
  tasks(query: TaskQuery): TaskPage;
  /** Tasks that were neither ended nor paused by the Architect, oldest first. */
  unfinished(): TaskSummary[];
  /** The newest recorded inputs of a turn. */
  intent(taskId: string, no: number): Intent | undefined;
  newestConfig(file: ConfigFile): ConfigVersion | undefined;
  configText(file: ConfigFile, version: number): string | undefined;
  /** The first answer given under this key within 24 hours. */
  answerFor(key: string): Omit<Idempotency, 'key'> | undefined;
};
