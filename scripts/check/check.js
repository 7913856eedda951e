/** All gates over the tree as it is, then the canaries. Resolves to one outcome per gate and per canary. */
import { join } from 'node:path';
import { takeLock } from '../set-up/lock.js';
import { CANARIES, clearPlanted, commandFor, isSeen, plant } from './canaries.js';
import { GATES, runGate, twoAtATime } from './gates.js';

/**
 * @typedef {{ name: string, status: 'passed' | 'failed' | 'skipped', message?: string }} Outcome
 * `told` hears of each outcome as it comes.
 */

/** @returns {Promise<Outcome[]>} */
export async function check({ root, env, told }) {
  const lock = await takeLock(join(root, 'data/check/lock'));
  try {
    clearPlanted(root);
    return [...(await passGates({ root, env, told })), ...(await seeCanaries({ root, env, told }))];
  } finally {
    lock.release();
  }
}

function passGates({ root, env, told }) {
  return twoAtATime(
    Object.entries(GATES).map(([name, command]) => async () => {
      const { code, log } = await runGate(command, { root, env, name });
      return tell(told, {
        name,
        status: code === 0 ? 'passed' : 'failed',
        message: code === 0 ? undefined : log.trim(),
      });
    }),
  );
}

async function seeCanaries({ root, env, told }) {
  const uproot = plant(root);
  try {
    const gates = [...new Set(Object.values(CANARIES).map(({ gate }) => gate))];
    const seen = await twoAtATime(
      gates.map((gate) => () => runGate(commandFor(gate, GATES[gate]), { root, env, name: `canary-${gate}` })),
    );
    return Object.entries(CANARIES).map(([name, canary]) => {
      const answer = seen[gates.indexOf(canary.gate)];
      if (isSeen(canary, answer)) return tell(told, { name: `canary: ${name}`, status: 'passed' });
      const message = `${canary.gate} (exit code ${answer.code}) does not complain of ${canary.file}; see data/check/canary-${canary.gate}.log`;
      return tell(told, { name: `canary: ${name}`, status: 'failed', message });
    });
  } finally {
    uproot();
  }
}

function tell(told, outcome) {
  told(outcome);
  return outcome;
}
