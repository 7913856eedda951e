/** Opens the Living Image: lock, pragmas, migrations, then journal and store over one connection. Knows nothing of actors. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import type { Journal, Store } from '#ports/journal.ts';
import { openJournal } from './journal.ts';
import { openStore } from './store.ts';

const MIGRATIONS = fileURLToPath(new URL('../../../drizzle', import.meta.url));

/** Why an image could not be opened, in one line for the Architect. */
export class ImageUnusable extends Error {
  override name = 'ImageUnusable';
}

export type Image = {
  journal: Journal;
  store: Store;
  /** Bounds the file in pages of 4 KiB, as a full disk would. */
  allowPages(pages: number): void;
  close(): void;
};

type Options = {
  folder: string;
  now: () => Date;
  newId: () => string;
  maxPages?: number;
};

export function openImage({ folder, now, newId, maxPages }: Options): Image {
  const lock = lockFolder(folder);
  const connection = new Database(join(folder, 'bat.sqlite'));
  try {
    connection.pragma('journal_mode = WAL');
    connection.pragma('synchronous = FULL');
    connection.pragma('foreign_keys = ON');
    if (connection.pragma('quick_check', { simple: true }) !== 'ok')
      throw new ImageUnusable(`The database in ${folder} is damaged.`);
    const db = drizzle(connection);
    migrate(db, { migrationsFolder: MIGRATIONS });
    const allowPages = (pages: number) => void connection.pragma(`max_page_count = ${pages}`);
    if (maxPages) allowPages(maxPages);
    const close = () => {
      connection.close();
      lock.close();
    };
    return { journal: openJournal({ db, now, newId }), store: openStore({ db, now }), allowPages, close };
  } catch (error) {
    connection.close();
    lock.close();
    throw error;
  }
}

/** A lock that the operating system gives back when the process dies, however it dies. */
function lockFolder(folder: string): Database.Database {
  let lock: Database.Database | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    lock = new Database(join(folder, 'lock.sqlite'), { timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    const code = (error as { code?: string }).code ?? '';
    if (code.startsWith('SQLITE_BUSY'))
      throw new ImageUnusable(
        `Another BAT OS server is using the data folder ${folder}. Stop it, or set BAT_DATA to another folder.`,
      );
    throw new ImageUnusable(
      `The data folder ${folder} cannot be written (${code || 'unknown'}). Make it writable, or set BAT_DATA to another folder.`,
    );
  }
}
