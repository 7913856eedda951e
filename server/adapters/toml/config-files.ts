/** Reads the Architect's three files: TOML to validated documents, or problems with file, line and what would be right. Writes nothing. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { type z } from 'zod';
import { Codex } from '#domain/codex.ts';
import { Heuristics } from '#domain/heuristics.ts';
import { Settings } from '#domain/settings.ts';
import type { ConfigFile, ConfigProblem } from '#protocol/facts.ts';
import { camelKeys, snakeCase } from './keys.ts';
import { placeOf } from './places.ts';

const SCHEMAS = { codex: Codex, heuristics: Heuristics, settings: Settings } as const;
type Documents = { [F in ConfigFile]: z.infer<(typeof SCHEMAS)[F]> };

export type ReadFile<F extends ConfigFile = ConfigFile> =
  | { ok: true; file: F; text: string; sha256: string; document: Documents[F] }
  | { ok: false; file: F; problems: ConfigProblem[] };

export function readConfigFile<F extends ConfigFile>(folder: string, file: F): ReadFile<F> {
  const path = join(folder, `${file}.toml`);
  try {
    return parseConfig(file, readFileSync(path, 'utf8'));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    const message = code === 'ENOENT' ? 'the file is not there' : `the file cannot be read (${code})`;
    return { ok: false, file, problems: [{ file: `${file}.toml`, line: null, column: null, path: '', message }] };
  }
}

export function parseConfig<F extends ConfigFile>(file: F, text: string): ReadFile<F> {
  const problem = (rest: Omit<ConfigProblem, 'file'>): ConfigProblem => ({ file: `${file}.toml`, ...rest });
  let raw: Record<string, unknown>;
  try {
    raw = parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const message = error.message.split('\n', 1)[0] ?? 'not valid TOML';
    return { ok: false, file, problems: [problem({ line: error.line, column: error.column, path: '', message })] };
  }
  const parsed = SCHEMAS[file].safeParse(camelKeys(raw));
  if (parsed.success)
    return {
      ok: true,
      file,
      text,
      sha256: createHash('sha256').update(text).digest('hex'),
      document: parsed.data as Documents[F],
    };
  const problems = parsed.error.issues.map((issue) => {
    const unknownKey = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
    const path = [...issue.path, ...unknownKey].map((key) => (typeof key === 'number' ? key : snakeCase(String(key))));
    const message =
      unknownKey.length > 0 ? `"${snakeCase(unknownKey[0] ?? '')}" is not a key that belongs here` : issue.message;
    return problem({ ...placeOf(text, path), path: path.join('.'), message });
  });
  return { ok: false, file, problems };
}

/** One line for a person: `codex.toml, line 12: persona.0.name: ...`. */
export function sentenceOf({ file, line, path, message }: ConfigProblem): string {
  return `${file}${line === null ? '' : `, line ${line}`}: ${path === '' ? '' : `${path}: `}${message}`;
}
