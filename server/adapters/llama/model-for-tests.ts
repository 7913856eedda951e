/** The model that tests of the embedded mind run on, or the reason why they cannot. With REQUIRE_ALL=1 there is no such reason. */
import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

type ModelForTests = { folder: string; name: string; skip: string | null };

const DEFAULT = fileURLToPath(new URL('../../../data/models/SmolLM2-135M-Instruct.Q4_1.gguf', import.meta.url));

export function modelForTests(): ModelForTests {
  const path = process.env['BAT_MODEL'] ?? DEFAULT;
  const isThere = existsSync(path);
  if (!isThere && process.env['REQUIRE_ALL'] === '1')
    throw new Error(`There is no model at ${path}: run npm start once.`);
  return { folder: dirname(path), name: basename(path), skip: isThere ? null : `no model at ${path}` };
}
