/** Which mind the environment and settings.toml ask for. A broken settings.toml is the server's to report; here it means the defaults. */
import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SMALL_MIND } from './mind-file.js';

/**
 * @typedef {{ isNeeded: boolean, model: string, name: string, folder: string, file: string | null }} Wish
 *   model: as the settings say it, a file name or an address; name: the file it becomes in `folder`; file: what BAT_MODEL names.
 */

/** @returns {Promise<Wish>} */
export async function readWish({ root, env }) {
  const fromRoot = (path) => (isAbsolute(path) ? path : resolve(root, path));
  const settings = await readSettings(root, join(fromRoot(env.BAT_CONFIG ?? 'config'), 'settings.toml'));
  const kind = env.BAT_BACKEND ?? settings?.backend?.kind ?? 'auto';
  const model = typeof settings?.embedded?.model === 'string' ? settings.embedded.model : SMALL_MIND.name;
  return {
    isNeeded: !['ollama', 'openai'].includes(kind),
    model,
    name: fileNameOf(model),
    folder: fromRoot(env.BAT_MODELS ?? 'data/models'),
    file: env.BAT_MODEL ? fromRoot(env.BAT_MODEL) : null,
  };
}

export const isAddress = (model) => /^(hf:|huggingface:|https?:\/\/)/.test(model);

/** `hf:user/repository/file.gguf#branch` becomes `file.gguf`, `hf:user/repository:Q4_K_M` becomes `repository.Q4_K_M.gguf`. */
export function fileNameOf(model) {
  const last =
    model
      .replace(/[?#].*$/, '')
      .split('/')
      .at(-1) || model;
  return last.endsWith('.gguf') ? last : `${last.replace(':', '.')}.gguf`;
}

async function readSettings(root, path) {
  const parser = join(root, 'node_modules/smol-toml/dist/index.js');
  if (!existsSync(parser) || !existsSync(path)) return null;
  try {
    const { parse } = await import(pathToFileURL(parser).href);
    return parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}
