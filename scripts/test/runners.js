/** The test runners, each asked for a report of its own. A runner that dies without one counts as one failure. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { lastWords, plain, runQuietly, tool } from '../set-up/child.js';
import { findChromium } from './chromium.js';

/** @typedef {import('../check/check.js').Outcome} Outcome */

const LIMIT_MS = { test: 9 * 60_000, long: 60 * 60_000 };

/** Unit, contract and integration tests. @returns {Promise<Outcome[]>} */
export async function runVitest({ root, env, kind }) {
  const reporter = join(root, 'scripts/test/vitest-report.js');
  const command = [...tool(root, 'vitest'), 'run', `--reporter=${reporter}`];
  return report({ name: 'vitest', command, root, env, kind, read: ({ tests }) => tests });
}

/** Browser tests, or one skip with its reason where there is no browser. @returns {Promise<Outcome[]>} */
export async function runBrowser({ root, env, kind }) {
  const chromium = findChromium(env);
  if (!chromium.path) return [{ name: 'browser tests', status: 'skipped', message: chromium.reason }];
  const command = [...tool(root, 'playwright'), 'test', '--reporter=json'];
  if (kind === 'long') command.push('--pass-with-no-tests');
  return report({
    name: 'playwright',
    command,
    root,
    env: { ...env, BAT_CHROMIUM: chromium.path },
    kind,
    read: ({ suites, errors }) => [
      ...errors.map(({ message }) => ({ name: 'browser tests', status: 'failed', message: plain(message) })),
      ...suites.flatMap((suite) => browserTests(suite, [])),
    ],
  });
}

async function report({ name, command, root, env, kind, read }) {
  const folder = join(root, 'test-results');
  const path = join(folder, `${name}.json`);
  const logPath = join(folder, `${name}.log`);
  mkdirSync(folder, { recursive: true });
  rmSync(path, { force: true });
  const { code, log } = await runQuietly(command, {
    cwd: root,
    env: {
      ...env,
      BAT_TEST_REPORT: path,
      PLAYWRIGHT_JSON_OUTPUT_FILE: path,
      ...(kind === 'long' ? { BAT_TEST_LONG: '1' } : {}),
    },
    logPath,
    signal: AbortSignal.timeout(LIMIT_MS[kind]),
  });
  const failure = (message) => ({
    name,
    status: 'failed',
    message: `${message}; log: ${logPath}\n${lastWords(log, 15)}`,
  });
  if (!existsSync(path)) return code === 0 && kind === 'long' ? [] : [failure(`ended with code ${code} and no report`)];
  const outcomes = read(JSON.parse(readFileSync(path, 'utf8')));
  if (outcomes.length === 0 && kind === 'test') return [failure('found no tests')];
  const hasFailed = outcomes.some(({ status }) => status === 'failed');
  return code !== 0 && !hasFailed
    ? [...outcomes, failure(`every test passed, but the runner ended with code ${code}`)]
    : outcomes;
}

function browserTests({ title, suites = [], specs = [] }, above) {
  const here = [...above, title];
  const own = specs.flatMap((spec) =>
    spec.tests.map((test) => {
      const name = `e2e/${[...here, spec.title].join(' › ')}`;
      if (test.status === 'skipped') return { name, status: 'skipped', message: reasonOf(test) };
      if (test.status !== 'unexpected') return { name, status: 'passed' };
      const messages = test.results.flatMap(({ errors = [] }) => errors.map(({ message }) => plain(message ?? '')));
      return { name, status: 'failed', message: messages.join('\n') };
    }),
  );
  return [...own, ...suites.flatMap((suite) => browserTests(suite, here))];
}

const reasonOf = ({ annotations }) => annotations.find(({ type }) => type === 'skip' || type === 'fixme')?.description;
