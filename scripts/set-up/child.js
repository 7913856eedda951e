/** Runs another program quietly: what it prints goes to a log file, and whoever dies takes it along. Knows no step. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGTERM')));
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
])
  process.once(signal, () => process.exit(code));

/**
 * Resolves to `{code, log}` (log: the text it printed) and never throws; code 127 where the program is not there.
 * `onLine` gets the lines of standard output, which then stay out of the log. Aborting `signal` ends the program.
 */
export function runQuietly([command, ...args], { cwd, env = process.env, logPath, onLine, signal }) {
  mkdirSync(dirname(logPath), { recursive: true });
  const log = openSync(logPath, 'w');
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...env, NO_COLOR: '1', FORCE_COLOR: undefined },
      stdio: ['ignore', onLine ? 'pipe' : log, log],
    });
    const end = () => child.kill('SIGTERM');
    running.add(child);
    if (onLine) createInterface({ input: child.stdout }).on('line', onLine);
    if (signal?.aborted) end();
    signal?.addEventListener('abort', end);
    const finish = (code) => {
      if (!running.delete(child)) return;
      signal?.removeEventListener('abort', end);
      closeSync(log);
      resolve({ code, log: readFileSync(logPath, 'utf8') });
    };
    child.on('error', () => finish(127));
    child.on('close', (code) => finish(code ?? 1));
  });
}

const NOISE = /^npm (warn|notice)|complete log of this run|^at .*:\d+:\d+\)?$/i;

/** The last lines that say something, for a person who will not open the log. */
export const lastWords = (log, lines = 3) =>
  plain(log)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line && !NOISE.test(line))
    .slice(-lines)
    .join('\n');

/** Node 24, which the `node` package brings. */
export const node24 = (root) => join(root, 'node_modules/.bin/node');

/** A JavaScript program of an installed package, run by Node 24. */
export const tool = (root, name) => [node24(root), realpathSync(join(root, 'node_modules/.bin', name))];

/** The environment for npm itself: it must not run on the Node inside the folder that it is about to replace. */
export function outsideEnvironment(env, root) {
  const inside = dirname(node24(root));
  const path = (env.PATH ?? '').split(delimiter).filter((folder) => resolve(folder) !== inside);
  return { ...env, PATH: path.join(delimiter) };
}

/** Text without the colour codes of a terminal. */
export const plain = (text) => text.replace(/\u001b\[[0-9;]*m/g, '');
