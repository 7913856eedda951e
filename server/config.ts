/** Brings the Architect's files into the image: a changed file becomes a version; a broken one is set aside for the last good. */
import { parseConfig, readConfigFile, sentenceOf, type ReadFile } from './adapters/toml/config-files.ts';
import type { PinnedConfig } from './actors/world.ts';
import type { Settings } from '#domain/settings.ts';
import type { Store } from '#ports/journal.ts';
import type { ConfigFile, Fact } from '#protocol/facts.ts';
import type { HealthCheck } from '#protocol/rest.ts';

/** The reason a start is refused, in readable lines. */
export class ConfigBroken extends Error {
  override name = 'ConfigBroken';
}

const FILES: readonly ConfigFile[] = ['codex', 'heuristics', 'settings'];

export type LoadedConfig = { settings: Settings; facts: Fact[]; checks: HealthCheck[] };

export function loadConfig(folder: string, store: Store): LoadedConfig {
  const facts: Fact[] = [];
  const checks: HealthCheck[] = [];
  const files = FILES.map((file) => {
    const read = readConfigFile(folder, file);
    const last = store.newestConfig(file);
    if (read.ok) {
      if (read.sha256 !== last?.sha256) facts.push(changed(read, (last?.version ?? 0) + 1));
      return read;
    }
    const problems = read.problems.map(sentenceOf).join('\n');
    const lastGood = last && parseConfig(file, last.text);
    if (!lastGood?.ok) throw new ConfigBroken(problems);
    facts.push({ type: 'config.rejected', file, problems: read.problems });
    checks.push({
      name: `${file}.toml`,
      ok: false,
      detail: `${problems}; version ${last?.version}, the last good one, is in force.`,
      remedy: `Mend config/${file}.toml and start again.`,
    });
    return lastGood;
  });
  const settings = files.find((read): read is Extract<ReadFile<'settings'>, { ok: true }> => read.file === 'settings');
  if (!settings) throw new ConfigBroken('settings.toml was not read');
  return { settings: settings.document, facts, checks };
}

function changed({ file, text, sha256, document }: Extract<ReadFile, { ok: true }>, version: number): Fact {
  return { type: 'config.changed', file, version, sha256, author: 'file', text, document } as Fact;
}

/** The image folder must be known before the image is open: what the file says, or nothing when it cannot be read. */
export function settingsOnDisk(folder: string): Settings | null {
  const read = readConfigFile(folder, 'settings');
  return read.ok ? read.document : null;
}

/** Reads pinned versions from the store and keeps what it parsed. */
export function pinnedConfig(store: Pick<Store, 'configText'>): PinnedConfig {
  const known = new Map<string, ReadFile>();
  function pinned<F extends 'codex' | 'heuristics'>(file: F, version: number) {
    const key = `${file}/${version}`;
    const text = known.has(key) ? undefined : store.configText(file, version);
    if (text !== undefined) known.set(key, parseConfig(file, text));
    const read = known.get(key) as ReadFile<F> | undefined;
    return read?.ok ? read.document : undefined;
  }
  return { codex: (version) => pinned('codex', version), heuristics: (version) => pinned('heuristics', version) };
}
