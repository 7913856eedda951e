import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { client } from './client.js';
import { takeLock } from './lock.js';
import { packages } from './packages.js';
import { portion, progress } from './progress.js';
import { setUp } from './set-up.js';

const DEAD_PID = 2 ** 22 + 1; // above what Linux and macOS give out

let root;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'bat-set-up-'))));
afterEach(() => rmSync(root, { recursive: true }));

const put = (path, text) => {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
};

describe('the order of the steps', () => {
  let words;
  const terminal = () => {
    words = [];
    return progress({ stream: { write: (text) => words.push(text) }, isTerminal: false, now: () => 0 });
  };
  const step = (title, { isDue = true, run = async () => 'brought' } = {}) => ({
    title,
    isDue: async () => isDue,
    run,
  });
  const go = (...steps) => setUp({ root, env: {}, terminal: terminal(), steps, offer: async () => null });

  test('what is in place is neither done nor mentioned, and nothing is written', async () => {
    expect(await go(step('packages', { isDue: false }))).toBe(true);
    expect(words).toEqual([]);
    expect(existsSync(join(root, 'data'))).toBe(false);
  });

  test('only what is due is done, counted among what is due', async () => {
    expect(await go(step('packages', { isDue: false }), step('client'), step('mind'))).toBe(true);
    expect(words.join('')).toBe(
      '[1/2] client\n✓ [1/2] client · brought · 0.0 s, in all 0.0 s\n[2/2] mind\n✓ [2/2] mind · brought · 0.0 s, in all 0.0 s\n',
    );
  });

  test('a step that fails says why and ends it', async () => {
    const failing = step('packages', { run: () => Promise.reject(new Error('The disk is full: free about 1 GB.')) });
    expect(await go(failing, step('client'))).toBe(false);
    expect(words.join('')).toBe('[1/2] packages\n✗ [1/2] packages · 0.0 s\nThe disk is full: free about 1 GB.\n');
  });

  test('a part is said in bytes and percent, or in bytes alone', () => {
    expect([portion(41 * 2 ** 20, 94 * 2 ** 20), portion(2 ** 19, undefined)]).toEqual([
      '41 MiB of 94 MiB (43 %)',
      '0.5 MiB',
    ]);
  });
});

describe('the packages', () => {
  const lock = (version) =>
    JSON.stringify({
      packages: { '': {}, 'node_modules/node': { version }, 'node_modules/rare': { version: '1.0.0', optional: true } },
    });
  /** Stands in for npm: does in this folder what the text says. */
  const npm = (text) => {
    put('npm.cjs', `const fs = require('node:fs');${text}`);
    return [process.execPath, join(root, 'npm.cjs')];
  };
  const installs =
    "fs.mkdirSync('node_modules/.bin', { recursive: true }); fs.writeFileSync('node_modules/.bin/node', '')";
  const step = (text = installs) => packages({ root, env: process.env, npm: npm(text) });
  const say = () => {};

  test('are due until they were installed from just this lock', async () => {
    put('package-lock.json', lock('1.0.0'));
    expect(await step().isDue()).toBe(true);
    await step().run(say);
    expect(await step().isDue()).toBe(false);
    put('package-lock.json', lock('1.0.1'));
    expect(await step().isDue()).toBe(true);
  });

  test('are due when Node 24 is gone', async () => {
    put('package-lock.json', lock('1.0.0'));
    await step().run(say);
    rmSync(join(root, 'node_modules/.bin/node'));
    expect(await step().isDue()).toBe(true);
  });

  test('that somebody installed from this lock by hand are taken as they are', async () => {
    put('package-lock.json', lock('1.0.1'));
    put('node_modules/.bin/node', '');
    put('node_modules/.package-lock.json', lock('1.0.0'));
    expect(await step().isDue()).toBe(true);
    put('node_modules/.package-lock.json', JSON.stringify({ packages: { 'node_modules/node': { version: '1.0.1' } } }));
    expect(await step().isDue()).toBe(false);
  });

  test('that did not arrive whole stay due', async () => {
    put('package-lock.json', lock('1.0.0'));
    await expect(step(`${installs}; process.exit(1)`).run(say)).rejects.toThrow('npm ci failed');
    expect(await step().isDue()).toBe(true);
  });

  test.for([
    ['npm error code ENOTFOUND', /^The package registry cannot be reached: check the network/],
    ['npm error code ENOSPC', /^The disk is full: free about 1 GB/],
    ['npm error code EACCES', /^npm may not write here/],
  ])('after "%s" the remedy is said, and where the log is', async ([printed, sentence]) => {
    put('package-lock.json', lock('1.0.0'));
    const run = step(`console.error('${printed}'); process.exit(1)`).run(say);
    await expect(run).rejects.toThrow(sentence);
    await expect(run).rejects.toThrow(join(root, 'data/set-up/packages.log'));
  });

  test('without npm it says what to install', async () => {
    put('package-lock.json', lock('1.0.0'));
    const run = packages({ root, env: process.env, npm: [join(root, 'no-npm')] }).run(say);
    await expect(run).rejects.toThrow('npm was not found: install Node with npm');
  });
});

describe('the client', () => {
  const builds =
    "const fs = require('node:fs'); fs.mkdirSync('dist/web', { recursive: true }); fs.writeFileSync('dist/web/index.html', '')";
  const step = (text = builds) => client({ root, env: process.env, build: () => [process.execPath, '-e', text] });

  beforeEach(() => put('web/main.ts', 'export const one = 1;'));

  test('is due until it is built, and again when a source has other content', async () => {
    expect(await step().isDue()).toBe(true);
    await step().run();
    expect(await step().isDue()).toBe(false);
    put('server/domain/task.ts', 'export const two = 2;');
    expect(await step().isDue()).toBe(true);
  });

  test('is not due because a source was touched or a test was changed', async () => {
    await step().run();
    utimesSync(join(root, 'web/main.ts'), new Date(), new Date());
    put('web/main.test.ts', 'a test');
    expect(await step().isDue()).toBe(false);
  });

  test('that could not be built stays due and says what the builder said', async () => {
    await step().run();
    put('web/main.ts', 'export const');
    const broken = step("console.error('main.ts 1:13 expected a name'); process.exit(1)");
    await expect(broken.run()).rejects.toThrow(/client\.log\nmain\.ts 1:13 expected a name$/);
    expect(await step().isDue()).toBe(true);
  });
});

describe('the lock', () => {
  const path = () => join(root, 'lock');

  test('keeps a second one waiting until the first is done', async () => {
    const first = await takeLock(path());
    const order = [];
    const second = takeLock(path(), { pollMs: 5, pid: DEAD_PID, waiting: (pid) => order.push(pid) }).then((lock) => {
      order.push('second');
      return lock;
    });
    while (order.length === 0) await new Promise(setImmediate);
    order.push('first is done');
    first.release();
    await second;
    expect(order).toEqual([process.pid, 'first is done', 'second']);
  });

  test('of a dead process is taken over', async () => {
    writeFileSync(path(), `${DEAD_PID}\n`);
    const lock = await takeLock(path());
    expect(readFileSync(path(), 'utf8')).toBe(`${process.pid}\n`);
    lock.release();
    expect(existsSync(path())).toBe(false);
  });

  test('of one that has been silent for a minute is taken over, though its process id is in use', async () => {
    writeFileSync(path(), `${process.ppid}\n`);
    const past = new Date(Date.now() - 60_000);
    utimesSync(path(), past, past);
    (await takeLock(path())).release();
  });

  test('in a folder that cannot be made is refused with the remedy', async () => {
    put('file', '');
    await expect(takeLock(join(root, 'file/lock'))).rejects.toThrow(/cannot be written .*: make it writable/);
  });
});

test('Node that is too old is told in one sentence', async () => {
  const { spawnSync } = await import('node:child_process');
  const pretend = "Object.defineProperty(process.versions, 'node', { value: '18.20.4' })";
  put('pretend.mjs', pretend);
  symlinkSync(join(import.meta.dirname, '..'), join(root, 'scripts'));
  const { status, stderr } = spawnSync(process.execPath, ['--import', join(root, 'pretend.mjs'), 'scripts/set-up.js'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr:
      'BAT OS needs Node 20.19 or newer and this is Node 18.20.4: install a newer one (https://nodejs.org), then run the same command again.\n',
  });
});
