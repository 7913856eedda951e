/** The gates that all code passes, slowest first because they run two at a time. Knows nothing of tests. */
import { join } from 'node:path';
import { runQuietly, tool } from '../set-up/child.js';

export const GATES = {
  eslint: ['eslint', '.'],
  'svelte-check': ['svelte-check', '--tsconfig', './tsconfig.json', '--output', 'human', '--fail-on-warnings'],
  tsc: ['tsc', '--noEmit', '--pretty', 'false', '-p', '.'],
  knip: ['knip', '--no-progress', '--treat-config-hints-as-errors'],
  prettier: ['prettier', '--check', '--log-level', 'warn', '.'],
};

/** Resolves to `{code, log}`; the log stays in data/check/<name>.log. */
export function runGate([program, ...args], { root, env, name }) {
  return runQuietly([...tool(root, program), ...args], {
    cwd: root,
    env,
    logPath: join(root, 'data/check', `${name}.log`),
  });
}

/** Runs jobs (functions that answer with promises) two at a time and resolves to their answers in order. */
export async function twoAtATime(jobs) {
  const answers = [];
  const queue = [...jobs.entries()];
  async function work() {
    for (let next = queue.shift(); next; next = queue.shift()) answers[next[0]] = await next[1]();
  }
  await Promise.all([work(), work()]);
  return answers;
}
