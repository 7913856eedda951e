import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Settings } from '#domain/settings.ts';
import { parseConfig, readConfigFile, sentenceOf } from './config-files.ts';

const shipped = fileURLToPath(new URL('../../../config', import.meta.url));
const problemsIn = (file: 'codex' | 'heuristics' | 'settings', text: string) => {
  const read = parseConfig(file, text);
  return read.ok ? [] : read.problems.map(sentenceOf);
};

describe("the Architect's files", () => {
  test('as shipped are valid, and the settings say what the code defaults to', () => {
    for (const file of ['codex', 'heuristics'] as const) expect(readConfigFile(shipped, file).ok).toBe(true);
    const settings = readConfigFile(shipped, 'settings');
    expect(settings.ok && settings.document).toEqual(Settings.parse({}));
  });

  test('keep the names that the Architect chose for models', () => {
    const read = parseConfig('settings', '[models]\nmy_own_key = "phi3"\n');
    expect(read.ok && read.document.models).toEqual({ my_own_key: 'phi3' });
  });

  test('that are not TOML are refused with the line', () => {
    expect(problemsIn('codex', 'version = "14.0"\n\n[[persona]\nname = "X"\n')).toEqual([
      expect.stringMatching(/^codex\.toml, line 3: /),
    ]);
  });

  test('with a wrong value are refused with line, path and what would be right', () => {
    const text = readFileSync(`${shipped}/settings.toml`, 'utf8').replace('port = 4180', 'port = "4180"');
    const line = text.split('\n').findIndex((one) => one.startsWith('port')) + 1;
    expect(problemsIn('settings', text)).toEqual([
      `settings.toml, line ${line}: server.port: Invalid input: expected number, received string`,
    ]);
  });

  test('with a key that does not belong are refused at that key', () => {
    expect(problemsIn('settings', '[server]\nhost = "127.0.0.1"\nportt = 1\n')).toEqual([
      'settings.toml, line 3: server.portt: "portt" is not a key that belongs here',
    ]);
  });

  test('with two personas of one name are refused', () => {
    const persona = '[[persona]]\nname = "A"\nmodel_key = "a"\nsystem_prompt = "x"\n';
    expect(problemsIn('codex', `version = "1"\n${persona}${persona}`)).toEqual([
      'codex.toml, line 7: persona.1.name: "A" is named twice; every persona needs a name of its own',
    ]);
  });

  test('that are not there are named', () => {
    expect(readConfigFile('/nonexistent', 'codex')).toMatchObject({
      ok: false,
      problems: [{ file: 'codex.toml', message: 'the file is not there' }],
    });
  });
});
