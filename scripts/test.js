/**
 * `npm test`: the set-up, the checks, unit, contract and integration tests, browser tests; `--long` runs the long ones alone.
 * The last line sums up all of it: `tests: N passed, N failed, N skipped`. Exit code 1 on any failure. A test that lacks a tool skips with
 * a reason that begins with "missing"; with REQUIRE_ALL=1 that counts as failed.
 */
import { fileURLToPath } from 'node:url';
import { check } from './check/check.js';
import { setUp } from './set-up/set-up.js';
import { runBrowser, runVitest } from './test/runners.js';
import { judged, tally } from './test/tally.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const { env } = process;
const kind = process.argv.includes('--long') ? 'long' : 'test';
const told = ({ name, status }) => process.stdout.write(`  ${status === 'passed' ? '✓' : '✗'} ${name}\n`);
const parts = {
  test: [
    ['checks', () => check({ root, env, told })],
    ['unit, contract and integration tests', () => runVitest({ root, env, kind })],
    ['browser tests', () => runBrowser({ root, env, kind })],
  ],
  long: [
    ['long tests', () => runVitest({ root, env, kind })],
    ['long browser tests', () => runBrowser({ root, env, kind })],
  ],
};

const outcomes = [];
if (await setUp({ root, env })) for (const part of parts[kind]) outcomes.push(...(await run(part)));
else outcomes.push({ name: 'set-up', status: 'failed', message: 'It could not be finished; its words are above.' });
if (kind === 'long' && outcomes.length === 0) process.stdout.write('There are no long tests yet.\n');

const { text, isGood } = tally(judged(outcomes, { requiresAll: env.REQUIRE_ALL === '1' }));
process.stdout.write(text);
process.exitCode = isGood ? 0 : 1;

async function run([name, work]) {
  const startedMs = performance.now();
  process.stdout.write(`${name} ...\n`);
  const found = await work().catch((error) => [{ name, status: 'failed', message: error.stack ?? String(error) }]);
  const count = (wanted) => found.filter(({ status }) => status === wanted).length;
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
  process.stdout.write(
    `${name}: ${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped · ${seconds} s\n`,
  );
  return found;
}
