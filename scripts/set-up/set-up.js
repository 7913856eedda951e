/** The order of the set-up, its lock and its words on the terminal. Knows the steps only as things that are due or not. */
import { join } from 'node:path';
import { binaries, cardOffer } from './binaries.js';
import { client } from './client.js';
import { takeLock } from './lock.js';
import { mind } from './mind.js';
import { packages } from './packages.js';
import { progress } from './progress.js';

/**
 * @typedef {{ title: string, isDue: () => Promise<boolean>, run: (say: (detail: string) => void) => Promise<string | void> }} Step
 *   `run` answers with a short note for the terminal, and throws an Error whose message says cause and remedy.
 */

/** Resolves to false when a step failed; by then the reason has been said. */
export async function setUp({ root, env, terminal = progress(), steps = stepsOf({ root, env }), offer = cardOffer }) {
  if ((await dueOf(steps)).length === 0) return true;
  const lock = await takeLock(join(root, 'data/set-up/lock'), {
    waiting: (pid) => terminal.note(`Another set-up is at work here (process ${pid}); waiting for it.`),
  }).catch((error) => {
    terminal.note(error.message);
    return null;
  });
  if (!lock) return false;
  try {
    const due = await dueOf(steps);
    terminal.begin(due.length);
    for (const step of due) if (!(await runStep(step, terminal))) return false;
    const card = await offer({ root, env });
    if (card) terminal.note(card);
    return true;
  } finally {
    lock.release();
  }
}

/** @returns {Step[]} */
const stepsOf = (house) => [packages(house), binaries(house), client(house), mind(house)];

async function dueOf(steps) {
  const due = [];
  for (const step of steps) if (await step.isDue()) due.push(step);
  return due;
}

async function runStep(step, terminal) {
  const line = terminal.step(step.title);
  try {
    line.done(await step.run(line.say));
    return true;
  } catch (error) {
    line.failed(error instanceof Error ? error.message : String(error));
    return false;
  }
}
