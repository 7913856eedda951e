/** The journal: facts in order without gaps, each stored with its tables in one transaction and only then announced. */
import { asc, eq, gt, lt, max } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { ImageFault, type Idempotency, type Journal } from '#ports/journal.ts';
import type { Entry, Fact } from '#protocol/facts.ts';
import { applyFact, emptySociety } from '#protocol/fold.ts';
import { project } from './projector.ts';
import { answers, image, journal } from './schema.ts';

const ANSWERS_KEPT_MS = 24 * 60 * 60 * 1000;
const PAGE = 500;

type World = { db: BetterSQLite3Database; now: () => Date; newId: () => string };

export function openJournal({ db, now, newId }: World): Journal {
  const listeners = new Set<(entry: Entry) => void>();
  const society = emptySociety();
  let fault: ImageFault | null = null;
  let seq =
    db
      .select({ seq: max(journal.seq) })
      .from(journal)
      .get()?.seq ?? 0;

  function since(after: number, limit: number): Entry[] {
    const rows = db.select().from(journal).where(gt(journal.seq, after)).orderBy(asc(journal.seq)).limit(limit).all();
    return rows.map((row) => ({ type: 'fact', ...row }));
  }

  function commit(facts: readonly Fact[], answer?: Idempotency): Entry[] {
    const at = now().toISOString();
    const entries = facts.map((event, index): Entry => ({ type: 'fact', seq: seq + index + 1, at, event }));
    fault = atomically(() =>
      db.transaction((tx) => {
        for (const entry of entries) {
          tx.insert(journal).values({ seq: entry.seq, at, event: entry.event }).run();
          project(tx, entry);
        }
        if (!answer) return;
        const { key, bodySha256 } = answer;
        tx.delete(answers)
          .where(lt(answers.at, new Date(now().getTime() - ANSWERS_KEPT_MS).toISOString()))
          .run();
        tx.insert(answers)
          .values({ key, bodySha256, ...answer.answer, at })
          .run();
      }),
    );
    if (fault) throw fault;
    for (const entry of entries) {
      seq = entry.seq;
      applyFact(society, entry);
    }
    for (const entry of entries) for (const listener of listeners) listener(entry);
    return entries;
  }

  for (let from = 0, page = since(from, PAGE); page.length > 0; page = since(from, PAGE)) {
    for (const entry of page) applyFact(society, entry);
    from = page.at(-1)?.seq ?? from;
  }

  return {
    runId: runIdOf(db, newId),
    get seq() {
      return seq;
    },
    get fault() {
      return fault;
    },
    society,
    commit,
    since,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function runIdOf(db: BetterSQLite3Database, newId: () => string): string {
  const known = db.select().from(image).where(eq(image.key, 'runId')).get();
  if (known) return known.value;
  const value = newId();
  db.insert(image).values({ key: 'runId', value }).run();
  return value;
}

/** Null when the work was stored; the fault when the disk refused it. What else goes wrong is thrown. */
function atomically(work: () => void): ImageFault | null {
  try {
    work();
    return null;
  } catch (error) {
    const code = sqliteCode(error);
    if (code === 'SQLITE_FULL')
      return new ImageFault(
        'disk-full',
        'The disk is full: nothing was stored. Free some space; the society goes on by itself.',
      );
    if (/^SQLITE_(IOERR|READONLY|CANTOPEN)/.test(code))
      return new ImageFault('image-unwritable', `The Living Image cannot be written (${code}): nothing was stored.`);
    throw error;
  }
}

/** drizzle wraps the driver's error in one of its own. */
function sqliteCode(error: unknown): string {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (typeof code === 'string') return code;
  return cause ? sqliteCode(cause) : '';
}
