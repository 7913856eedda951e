/** Tables of the Living Image. All but `journal`, `image` and `answers` are written from facts by the projector and can be made again from them. */
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Attempt, TaskSummary, Turn, Verdict } from '#domain/task.ts';
import type { ChatMessage, ConfigFile, Fact } from '#protocol/facts.ts';

const json = <T>(name: string) => text(name, { mode: 'json' }).$type<T>().notNull();

export const image = sqliteTable('image', { key: text('key').primaryKey(), value: text('value').notNull() });

export const journal = sqliteTable('journal', {
  seq: integer('seq').primaryKey(),
  at: text('at').notNull(),
  event: json<Fact>('event'),
});

export const tasks = sqliteTable(
  'tasks',
  {
    id: text('id').primaryKey(),
    status: text('status').$type<TaskSummary['status']>().notNull(),
    prompt: text('prompt').notNull(),
    body: json<TaskSummary>('body'),
  },
  (table) => [index('tasks_by_status').on(table.status, table.id)],
);

const taskId = () =>
  text('task_id')
    .notNull()
    .references(() => tasks.id);

export const turns = sqliteTable(
  'turns',
  {
    taskId: taskId(),
    no: integer('no').notNull(),
    text: text('text').notNull(),
    body: json<Omit<Turn, 'text'>>('body'),
  },
  (table) => [primaryKey({ columns: [table.taskId, table.no] })],
);

export const attempts = sqliteTable(
  'attempts',
  { taskId: taskId(), no: integer('no').notNull(), attempt: integer('attempt').notNull(), body: json<Attempt>('body') },
  (table) => [primaryKey({ columns: [table.taskId, table.no, table.attempt] })],
);

export const verdicts = sqliteTable(
  'verdicts',
  { taskId: taskId(), afterTurn: integer('after_turn').notNull(), body: json<Verdict>('body') },
  (table) => [primaryKey({ columns: [table.taskId, table.afterTurn] })],
);

/** Recorded inputs of turns: what a lost turn is generated again from, and what "why?" answers with. */
export const intents = sqliteTable(
  'intents',
  {
    taskId: taskId(),
    no: integer('no').notNull(),
    attempt: integer('attempt').notNull(),
    persona: text('persona').notNull(),
    seed: integer('seed').notNull(),
    promptSha256: text('prompt_sha256').notNull(),
    prompt: json<ChatMessage[]>('prompt'),
  },
  (table) => [primaryKey({ columns: [table.taskId, table.no] })],
);

export const configVersions = sqliteTable(
  'config_versions',
  {
    file: text('file').$type<ConfigFile>().notNull(),
    version: integer('version').notNull(),
    sha256: text('sha256').notNull(),
    author: text('author').notNull(),
    text: text('text').notNull(),
    at: text('at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.file, table.version] })],
);

/** First answers to creating requests, by Idempotency-Key, kept for 24 hours. */
export const answers = sqliteTable('answers', {
  key: text('key').primaryKey(),
  bodySha256: text('body_sha256').notNull(),
  status: integer('status').notNull(),
  location: text('location'),
  body: text('body').notNull(),
  at: text('at').notNull(),
});
