/**
 * The GGUF files that the embedded mind can be made of. A model is named by its file name; nothing outside the folder can be named,
 * but for the one file that the Architect gave by its absolute path.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { ModelDescription } from '#ports/model-backend.ts';

export type ModelsFolder = {
  readonly path: string;
  /** The default model first, then by name. Digests not known yet are null, and are found out in the background. */
  list(signal: AbortSignal): Promise<ModelDescription[]>;
  /** Absolute path of the model's file, or null where there is no such model. */
  find(model: string): Promise<string | null>;
  close(): void;
};

const Marker = z.object({ size: z.int(), modifiedMs: z.number(), sha256: z.string() });
type GgufFile = { name: string; path: string; size: number; modifiedMs: number };

export function modelsFolder({ path, defaultModel }: { path: string; defaultModel: string }): ModelsFolder {
  const closing = new AbortController();
  const digests = new Map<string, string>();
  let hashing: Promise<void> = Promise.resolve();
  const underway = new Set<string>();

  async function files(): Promise<GgufFile[]> {
    const names = await readdir(path).catch(() => []);
    const inFolder = names.filter((name) => name.endsWith('.gguf')).map((name) => join(path, name));
    const paths = isAbsolute(defaultModel) ? [defaultModel, ...inFolder] : inFolder;
    const found = await Promise.all([...new Set(paths)].map(fileAt));
    const isDefault = ({ name }: GgufFile): boolean => name === basename(defaultModel);
    return found
      .filter((file) => file !== null)
      .toSorted((a, b) => Number(isDefault(b)) - Number(isDefault(a)) || a.name.localeCompare(b.name));
  }

  /** One file after another, so that a folder of large models does not take the disk from the society. */
  function findDigestOf(file: GgufFile): void {
    const key = keyOf(file);
    if (underway.has(key)) return;
    underway.add(key);
    hashing = hashing
      .then(async () => void digests.set(key, await digestOf(file, closing.signal)))
      .catch(() => void underway.delete(key));
  }

  return {
    path,
    async list(signal) {
      const found = await files();
      if (signal.aborted) return [];
      for (const file of found) if (!digests.has(keyOf(file))) findDigestOf(file);
      return found.map((file) => ({
        name: file.name,
        digest: digests.get(keyOf(file)) ?? null,
        sizeBytes: file.size,
        parametersB: parametersIn(file.name),
        canSpeak: !/embed|bert/iu.test(file.name),
      }));
    },
    async find(model) {
      return (await files()).find(({ name }) => name === model)?.path ?? null;
    },
    close: () => closing.abort(),
  };
}

async function fileAt(path: string): Promise<GgufFile | null> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() ? { name: basename(path), path, size: found.size, modifiedMs: found.mtimeMs } : null;
}

const keyOf = ({ path, size, modifiedMs }: GgufFile): string => `${path} ${size} ${modifiedMs}`;

/** Kept beside the file, because a large one takes a minute to read; the marker counts only for the same size and time. */
async function digestOf({ path, size, modifiedMs }: GgufFile, signal: AbortSignal): Promise<string> {
  const markerPath = `${path}.sha256.json`;
  const marker = await readFile(markerPath, 'utf8')
    .then((text) => Marker.safeParse(JSON.parse(text)))
    .catch(() => null);
  if (marker?.success && marker.data.size === size && marker.data.modifiedMs === modifiedMs) return marker.data.sha256;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash, { signal });
  const sha256 = hash.digest('hex');
  await writeFile(markerPath, JSON.stringify({ size, modifiedMs, sha256 })).catch(() => undefined);
  return sha256;
}

/** `SmolLM2-135M-Instruct` has 0.135 x 10^9 parameters; null where the name does not say. */
export function parametersIn(name: string): number | null {
  const [, amount, unit] = /(?:^|[-_.])(\d+(?:\.\d+)?)([BM])(?=[-_.]|$)/iu.exec(name) ?? [];
  if (!amount || !unit) return null;
  return unit.toUpperCase() === 'B' ? Number(amount) : Number(amount) / 1_000;
}
