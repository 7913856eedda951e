/** `npm run card`: brings the embedded mind's binary for this machine's graphics card, which the lock file leaves out for its size. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bringBinary, chooseBinaries, findCard, isThere } from './set-up/binaries.js';
import { mebibytes, progress } from './set-up/progress.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const terminal = progress();
const card = findCard();
if (!card) {
  terminal.note(
    'No card found that another binary is for: nvidia-smi and vulkaninfo do not answer here (Metal needs nothing).',
  );
  process.exit(1);
}

const missing = card.names.filter((name) => !isThere(root, name));
terminal.note(`Found ${card.label}.`);
terminal.begin(missing.length);
for (const name of missing) {
  const line = terminal.step(`Bringing ${name}`);
  try {
    await bringBinary(name, { root, env: process.env, say: line.say });
    line.done();
  } catch (error) {
    line.failed(error.message);
    process.exit(1);
  }
}
chooseBinaries(root, card.names);
for (const name of card.names)
  terminal.note(`${name}: ${mebibytes(sizeOf(join(root, 'node_modules/@node-llama-cpp', name)))} on disk`);

function sizeOf(folder) {
  return readdirSync(folder, { recursive: true })
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, found) => sum + (found.isFile() ? found.size : 0), 0);
}
