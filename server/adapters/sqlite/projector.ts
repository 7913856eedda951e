/** Writes the tables from facts, inside the transaction that stores them. The only writer of those tables. */
import { eq } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { Task, TaskSummary } from '#domain/task.ts';
import type { Entry } from '#protocol/facts.ts';
import { foldTask } from '#protocol/fold.ts';
import { attempts, configVersions, intents, tasks, turns, verdicts } from './schema.ts';

export type Db = Pick<BetterSQLite3Database, 'insert' | 'update' | 'select' | 'delete'>;

export function project(db: Db, { event, at }: Entry): void {
  switch (event.type) {
    case 'server.started':
    case 'config.rejected':
    case 'actor.crashed':
    case 'actor.gave-up':
    case 'backend.lost':
    case 'backend.found':
      return;
    case 'config.changed': {
      const { file, version, sha256, author, text } = event;
      db.insert(configVersions).values({ file, version, sha256, author, text, at }).run();
      return;
    }
    case 'task.created': {
      const body = summaryOf(event.task);
      db.insert(tasks).values({ id: body.id, status: body.status, prompt: body.prompt, body }).run();
      for (const turn of event.task.turns) insertTurn(db, event.task.id, turn);
      return;
    }
    case 'turn.intended': {
      const { taskId, no, attempt, persona, seed, promptSha256, prompt } = event;
      const inputs = { attempt, persona, seed, promptSha256, prompt };
      db.insert(intents)
        .values({ taskId, no, ...inputs })
        .onConflictDoUpdate({ target: [intents.taskId, intents.no], set: inputs })
        .run();
      return;
    }
    case 'turn.committed':
      insertTurn(db, event.taskId, event.turn);
      break;
    case 'attempt.failed': {
      const { taskId, no, attempt, persona, reason, detail } = event;
      db.insert(attempts).values({ taskId, no, attempt, body: { no, attempt, persona, reason, detail, at } }).run();
      break;
    }
    case 'verdict.reached':
      db.insert(verdicts)
        .values({ taskId: event.taskId, afterTurn: event.verdict.afterTurn, body: event.verdict })
        .run();
      break;
    case 'task.started':
    case 'task.changed':
    case 'task.paused':
    case 'task.resumed':
    case 'task.finished':
    case 'turn.started':
      break;
    default:
      return event satisfies never;
  }
  const row = db.select({ body: tasks.body }).from(tasks).where(eq(tasks.id, event.taskId)).get();
  if (!row) throw new Error(`fact ${event.type} about a task that is not there`);
  const body = summaryOf(foldTask({ ...row.body, turns: [], attempts: [], verdicts: [] }, event, at));
  db.update(tasks).set({ status: body.status, body }).where(eq(tasks.id, event.taskId)).run();
}

function insertTurn(db: Db, taskId: string, { text, ...body }: Task['turns'][number]): void {
  db.insert(turns).values({ taskId, no: body.no, text, body }).run();
}

function summaryOf({ turns: _turns, attempts: _attempts, verdicts: _verdicts, ...summary }: Task): TaskSummary {
  return summary;
}
