/** Reads the tables of the Living Image. Writes nothing. */
import { and, asc, desc, eq, gt, inArray, lt, or, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { Store } from '#ports/journal.ts';
import { answers, attempts, configVersions, intents, tasks, turns, verdicts } from './schema.ts';

const ANSWERS_KEPT_MS = 24 * 60 * 60 * 1000;

export function openStore({ db, now }: { db: BetterSQLite3Database; now: () => Date }): Store {
  return {
    task(id) {
      const row = db.select().from(tasks).where(eq(tasks.id, id)).get();
      if (!row) return undefined;
      return {
        ...row.body,
        turns: db
          .select()
          .from(turns)
          .where(eq(turns.taskId, id))
          .orderBy(asc(turns.no))
          .all()
          .map(({ text, body }) => ({ ...body, text })),
        attempts: db
          .select()
          .from(attempts)
          .where(eq(attempts.taskId, id))
          .orderBy(asc(attempts.no), asc(attempts.attempt))
          .all()
          .map(({ body }) => body),
        verdicts: db
          .select()
          .from(verdicts)
          .where(eq(verdicts.taskId, id))
          .orderBy(asc(verdicts.afterTurn))
          .all()
          .map(({ body }) => body),
      };
    },
    tasks({ status, q, limit, cursor }) {
      const pattern = q ? `%${q.replace(/[\\%_]/g, '\\$&')}%` : undefined;
      const found = pattern
        ? or(
            sql`${tasks.prompt} like ${pattern} escape '\\'`,
            inArray(
              tasks.id,
              db
                .select({ id: turns.taskId })
                .from(turns)
                .where(sql`${turns.text} like ${pattern} escape '\\'`),
            ),
          )
        : undefined;
      const rows = db
        .select({ id: tasks.id, body: tasks.body })
        .from(tasks)
        .where(and(status ? eq(tasks.status, status) : undefined, cursor ? lt(tasks.id, cursor) : undefined, found))
        .orderBy(desc(tasks.id))
        .limit(limit + 1)
        .all();
      const items = rows.slice(0, limit).map(({ body }) => body);
      return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
    },
    unfinished() {
      const rows = db
        .select({ body: tasks.body })
        .from(tasks)
        .where(inArray(tasks.status, ['waiting', 'running', 'paused']))
        .orderBy(asc(tasks.id))
        .all();
      return rows.map(({ body }) => body);
    },
    intent: (taskId, no) =>
      db
        .select()
        .from(intents)
        .where(and(eq(intents.taskId, taskId), eq(intents.no, no)))
        .get(),
    newestConfig: (file) =>
      db
        .select()
        .from(configVersions)
        .where(eq(configVersions.file, file))
        .orderBy(desc(configVersions.version))
        .limit(1)
        .get(),
    configText: (file, version) =>
      db
        .select({ text: configVersions.text })
        .from(configVersions)
        .where(and(eq(configVersions.file, file), eq(configVersions.version, version)))
        .get()?.text,
    answerFor(key) {
      const oldest = new Date(now().getTime() - ANSWERS_KEPT_MS).toISOString();
      const row = db
        .select()
        .from(answers)
        .where(and(eq(answers.key, key), gt(answers.at, oldest)))
        .get();
      return (
        row && { bodySha256: row.bodySha256, answer: { status: row.status, location: row.location, body: row.body } }
      );
    },
  };
}
