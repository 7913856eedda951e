/**
 * Binaries of the embedded mind beyond the plain one of the lock file: the lock leaves out CUDA, Vulkan and ARM (up to 1.3 GB), so what this
 * machine needs is brought one by one. ARM's is always needed there; a card's only once `npm run card` has asked for it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastWords, outsideEnvironment, runQuietly } from './child.js';

export function binaries({ root, env, platform = process.platform, arch = process.arch, npm }) {
  const missing = () => wantedBinaries({ root, platform, arch }).filter((name) => !isThere(root, name));
  return {
    title: "Bringing this machine's binary of the mind",
    isDue: async () => existsSync(join(root, 'node_modules/node-llama-cpp')) && missing().length > 0,
    async run(say) {
      const names = missing();
      for (const name of names) await bringBinary(name, { root, env, say, npm });
      return names.join(', ');
    },
  };
}

/** Names as in `@node-llama-cpp/<name>`. */
function wantedBinaries({ root, platform, arch }) {
  const own = platform === 'linux' && arch === 'arm64' ? ['linux-arm64'] : [];
  return [...own, ...chosenBinaries(root)];
}

const choicePath = (root) => join(root, 'data/set-up/card.json');

function chosenBinaries(root) {
  try {
    return JSON.parse(readFileSync(choicePath(root), 'utf8'));
  } catch {
    return [];
  }
}

/** Remembered, because `npm ci` takes everything away that the lock does not name. */
export function chooseBinaries(root, names) {
  mkdirSync(join(root, 'data/set-up'), { recursive: true });
  writeFileSync(choicePath(root), JSON.stringify(names));
}

const folderOf = (root, name) => join(root, 'node_modules/@node-llama-cpp', name);

const versionOf = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;

export const isThere = (root, name) =>
  existsSync(join(folderOf(root, name), 'package.json')) &&
  versionOf(folderOf(root, name)) === versionOf(join(root, 'node_modules/node-llama-cpp'));

/** Unpacked beside its place and renamed, so that half a binary is never taken for a whole one. */
export async function bringBinary(name, { root, env, say, npm = ['npm'] }) {
  const wanted = `@node-llama-cpp/${name}@${versionOf(join(root, 'node_modules/node-llama-cpp'))}`;
  const logPath = join(root, 'data/set-up/binaries.log');
  const incoming = `${folderOf(root, name)}.incoming`;
  rmSync(incoming, { recursive: true, force: true });
  mkdirSync(incoming, { recursive: true });
  say(`downloading ${wanted}`);
  const pack = [...npm, 'pack', wanted, '--pack-destination', incoming];
  const packed = await runQuietly(pack, { cwd: root, env: outsideEnvironment(env, root), logPath });
  const archive = readdirSync(incoming).find((file) => file.endsWith('.tgz'));
  if (packed.code !== 0 || !archive)
    throw new Error(
      `${wanted} could not be downloaded: check the network, then run the same command again. Log: ${logPath}\n${lastWords(packed.log)}`,
    );
  say(`unpacking ${wanted}`);
  const unpack = ['tar', '-xzf', join(incoming, archive), '-C', incoming];
  const unpacked = await runQuietly(unpack, { cwd: root, env, logPath });
  if (unpacked.code !== 0)
    throw new Error(
      `${wanted} could not be unpacked: is the disk full? Free some space, then run the same command again. Log: ${logPath}`,
    );
  rmSync(folderOf(root, name), { recursive: true, force: true });
  renameSync(join(incoming, 'package'), folderOf(root, name));
  rmSync(incoming, { recursive: true, force: true });
}

/** What a card of this machine could use: `{label, names}`, or null. `probe` says whether a command answers. */
export function findCard({ platform = process.platform, arch = process.arch, probe = answers } = {}) {
  if (platform !== 'linux' || arch !== 'x64') return null; // macOS has Metal in its plain binary
  if (probe('nvidia-smi', '-L')) return { label: 'an NVIDIA card', names: ['linux-x64-cuda', 'linux-x64-cuda-ext'] };
  const hasRenderNode = existsSync('/dev/dri') && readdirSync('/dev/dri').some((node) => node.startsWith('renderD'));
  if (hasRenderNode && probe('vulkaninfo', '--summary')) return { label: 'a Vulkan card', names: ['linux-x64-vulkan'] };
  return null;
}

const answers = (command, ...args) => spawnSync(command, args, { timeout: 3_000, stdio: 'ignore' }).status === 0;

/** One line for a machine whose card lies idle, or null. Asked only when the set-up had something to do. */
export async function cardOffer({ root, env, card = findCard() }) {
  if (!card || card.names.every((name) => isThere(root, name)) || (await ollamaAnswers(env))) return null;
  return `This machine has ${card.label}: "npm run card" brings the binary for it, so that larger embedded models run fast (Ollama does without).`;
}

async function ollamaAnswers(env) {
  const host = env.OLLAMA_HOST ?? '127.0.0.1:11434';
  const url = /^https?:/.test(host) ? host : `http://${/:\d+$/.test(host) ? host : `${host}:11434`}`;
  try {
    return (
      await fetch(new URL('/api/version', url.replace('0.0.0.0', '127.0.0.1')), { signal: AbortSignal.timeout(1_000) })
    ).ok;
  } catch {
    return false;
  }
}
