import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { binaries, cardOffer, chooseBinaries, findCard } from './binaries.js';

let root;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bat-binaries-'));
  mkdirSync(join(root, 'node_modules/node-llama-cpp'), { recursive: true });
  writeFileSync(join(root, 'node_modules/node-llama-cpp/package.json'), '{"version":"3.21.1"}');
});
afterEach(() => rmSync(root, { recursive: true }));

/** Stands in for `npm pack NAME --pack-destination FOLDER`. */
function npm() {
  const text = `const { execFileSync } = require('node:child_process'), fs = require('node:fs');
    const folder = process.argv[5], version = process.argv[3].split('@').at(-1);
    fs.mkdirSync(folder + '/made/package', { recursive: true });
    fs.writeFileSync(folder + '/made/package/package.json', JSON.stringify({ version }));
    execFileSync('tar', ['-czf', folder + '/made.tgz', '-C', folder + '/made', 'package']);`;
  writeFileSync(join(root, 'npm.cjs'), text);
  return [process.execPath, join(root, 'npm.cjs')];
}
const step = ({ platform = 'linux', arch = 'x64', pack = npm() } = {}) =>
  binaries({ root, env: process.env, platform, arch, npm: pack });
const folder = (name) => join(root, 'node_modules/@node-llama-cpp', name);

test('a common machine needs no further binary', async () => {
  expect(await step().isDue()).toBe(false);
  expect(await step({ platform: 'darwin', arch: 'arm64' }).isDue()).toBe(false);
});

test("an ARM machine gets the one that the lock leaves out, once, in the mind's version", async () => {
  const arm = step({ arch: 'arm64' });
  expect(await arm.isDue()).toBe(true);
  expect(await arm.run(() => {})).toBe('linux-arm64');
  expect(await arm.isDue()).toBe(false);
  writeFileSync(join(root, 'node_modules/node-llama-cpp/package.json'), '{"version":"3.22.0"}');
  expect(await arm.isDue()).toBe(true);
});

test('a card that was asked for once is brought again after the packages were replaced', async () => {
  chooseBinaries(root, ['linux-x64-cuda']);
  await step().run(() => {});
  expect(existsSync(join(folder('linux-x64-cuda'), 'package.json'))).toBe(true);
  rmSync(folder('linux-x64-cuda'), { recursive: true });
  expect(await step().isDue()).toBe(true);
});

test('a download that fails leaves nothing that looks like a binary and says what to do', async () => {
  const failing = step({ arch: 'arm64', pack: [process.execPath, '-e', 'process.exit(1)'] });
  await expect(failing.run(() => {})).rejects.toThrow(
    /linux-arm64@3\.21\.1 could not be downloaded: check the network/,
  );
  expect(existsSync(folder('linux-arm64'))).toBe(false);
});

test('a card is known by the tool that answers', () => {
  const nvidia = (command) => command === 'nvidia-smi';
  expect(findCard({ platform: 'linux', arch: 'x64', probe: nvidia })?.names).toEqual([
    'linux-x64-cuda',
    'linux-x64-cuda-ext',
  ]);
  expect(findCard({ platform: 'linux', arch: 'x64', probe: () => false })).toBe(null);
  expect(findCard({ platform: 'darwin', arch: 'arm64', probe: nvidia })).toBe(null);
});

test('a card that lies idle is offered its binary, unless Ollama is there', async () => {
  const card = { label: 'an NVIDIA card', names: ['linux-x64-cuda'] };
  const nobody = { OLLAMA_HOST: '127.0.0.1:1' };
  expect(await cardOffer({ root, env: nobody, card })).toMatch(/^This machine has an NVIDIA card: "npm run card"/);
  expect(await cardOffer({ root, env: nobody, card: null })).toBe(null);
  chooseBinaries(root, card.names);
  await step().run(() => {});
  expect(await cardOffer({ root, env: nobody, card })).toBe(null);
});
