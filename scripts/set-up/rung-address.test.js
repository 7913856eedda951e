/** The real downloader against a hub on loopback. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sha256Of, startHub } from './hub-for-tests.js';
import { fromAddress } from './rung-address.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const node = join(ROOT, 'node_modules/.bin/node');
const body = Buffer.concat([Buffer.from('GGUF'), randomBytes(24 * 2 ** 20)]);

describe('the rung of an address', () => {
  let root;
  let hub;
  beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'bat-mind-'))));
  afterEach(async () => {
    await hub.close();
    rmSync(root, { recursive: true });
  });

  const folder = () => join(root, 'models');
  const bring = ({ model = 'hf:someone/something/mind.gguf', say = () => {}, silenceMs = 10_000 } = {}) =>
    fromAddress({
      root,
      env: { ...process.env, HF_ENDPOINT: hub.url },
      model,
      name: 'mind.gguf',
      folder: folder(),
      say,
      silenceMs,
      node,
    });

  test('an hf: address becomes a whole file under its own name, with progress', async () => {
    hub = await startHub({ body });
    const said = [];
    expect(await bring({ say: (words) => said.push(words) })).toBe(join(folder(), 'mind.gguf'));
    expect(sha256Of(readFileSync(join(folder(), 'mind.gguf')))).toBe(sha256Of(body));
    expect(said.some((words) => /^[\d.]+ MiB of 24 MiB \(\d+ %\)$/.test(words))).toBe(true);
    expect(existsSync(join(folder(), '.incoming/mind.gguf'))).toBe(false);
  });

  test('a plain address works as well', async () => {
    hub = await startHub({ body });
    expect(await bring({ model: `${hub.url}/mind.gguf` })).toBe(join(folder(), 'mind.gguf'));
  });

  test('what broke off is no mind, and the next try asks only for the rest', async () => {
    hub = await startHub({ body, budgetBytes: 14 * 2 ** 20 });
    await expect(bring({ silenceMs: 2_000 })).rejects.toThrow('nothing came for 2 s; check the network');
    expect(existsSync(join(folder(), 'mind.gguf'))).toBe(false);
    const [arrived] = hub.asked;
    await hub.close();

    hub = await startHub({ body });
    await bring();
    expect(sha256Of(readFileSync(join(folder(), 'mind.gguf')))).toBe(sha256Of(body));
    expect(hub.asked).not.toContain(arrived);
  });

  test('a file whose sha256 is not the one the hub names is thrown away', async () => {
    hub = await startHub({ body, sha256: 'f'.repeat(64) });
    await expect(bring()).rejects.toThrow('what arrived is damaged');
    expect(existsSync(join(folder(), 'mind.gguf'))).toBe(false);
    expect(existsSync(join(folder(), '.incoming/mind.gguf'))).toBe(false);
  });

  test('a page instead of a model is no mind', async () => {
    hub = await startHub({ body: Buffer.from('<html>Please log in</html>'.repeat(1_000)) });
    await expect(bring()).rejects.toThrow('what arrived is not a GGUF file');
  });

  test('a file that is not there is said so, with what to do', async () => {
    hub = await startHub({ body, status: 404 });
    await expect(bring()).rejects.toThrow(/there is no such file .*check \[embedded\] model in settings\.toml/);
  });

  test('a hub that cannot be reached is said so, with what to do', async () => {
    hub = await startHub({ body });
    await hub.close();
    await expect(bring()).rejects.toThrow(/^the address cannot be reached .* check the network, then run/);
  });
});
