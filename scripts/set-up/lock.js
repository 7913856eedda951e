/**
 * One worker at a time, by a file with the holder's process id in it. A holder that died, or that has not touched the file for half a
 * minute (its process id may mean nothing here), has lost it. Knows nothing of what it guards.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const TOUCH_EVERY_MS = 5_000;
const SILENT_AFTER_MS = 30_000;

/** Resolves once the lock is ours. Throws an Error with cause and remedy where the folder cannot be written. */
export async function takeLock(path, { waiting = () => {}, pollMs = 250, pid = process.pid } = {}) {
  let hasSaid = false;
  attempt(path, () => mkdirSync(dirname(path), { recursive: true }));
  while (!tryToTake(path, pid)) {
    const holder = holderOf(path);
    if (holder !== null && isGone(path, holder)) {
      setAside(path, pid);
      continue;
    }
    if (holder !== null && !hasSaid) {
      waiting(holder);
      hasSaid = true;
    }
    await delay(pollMs);
  }
  const touch = setInterval(() => {
    const now = new Date();
    if (holderOf(path) === pid) utimesSync(path, now, now);
  }, TOUCH_EVERY_MS).unref();
  function release() {
    clearInterval(touch);
    process.off('exit', release);
    if (holderOf(path) === pid) rmSync(path, { force: true });
  }
  process.on('exit', release);
  return { release };
}

function tryToTake(path, pid) {
  return attempt(path, () => {
    try {
      writeFileSync(path, `${pid}\n`, { flag: 'wx' });
      return true;
    } catch (error) {
      if (error.code === 'EEXIST') return false;
      throw error;
    }
  });
}

function attempt(path, write) {
  try {
    return write();
  } catch (error) {
    throw new Error(
      `${dirname(path)} cannot be written (${error.code}): make it writable, then run the same command again.`,
    );
  }
}

/** The holder's process id; 0 where the file says none; null where there is no file. */
function holderOf(path) {
  try {
    return Number.parseInt(readFileSync(path, 'utf8'), 10) || 0;
  } catch {
    return null;
  }
}

function isGone(path, holder) {
  try {
    if (Date.now() - statSync(path).mtimeMs > SILENT_AFTER_MS) return true;
    if (holder === 0) return false;
    process.kill(holder, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

/** A rename succeeds for one of several that see the same dead holder; the others look again. */
function setAside(path, pid) {
  try {
    renameSync(path, `${path}.${pid}.gone`);
    rmSync(`${path}.${pid}.gone`, { force: true });
  } catch {
    // somebody else was faster
  }
}
