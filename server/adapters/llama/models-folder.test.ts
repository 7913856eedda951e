import { mkdir, mkdtemp, readdir, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { modelsFolder, parametersIn, type ModelsFolder } from './models-folder.ts';

const never = new AbortController().signal;
const SHA_OF_ONE = '7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed';
const SHA_OF_TWO = '3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3';

const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'bat-models-'));
const digest = async (folder: ModelsFolder): Promise<string | null | undefined> =>
  (await folder.list(never))[0]?.digest;

test('only GGUF files are models, the default one first', async () => {
  const path = await newFolder();
  await mkdir(join(path, 'folder.gguf'));
  for (const name of ['b-7B.gguf', 'a-1.7B-Instruct.gguf', 'nomic-embed.gguf', 'notes.txt'])
    await writeFile(join(path, name), 'one');
  const models = await modelsFolder({ path, defaultModel: 'b-7B.gguf' }).list(never);
  const model = { digest: null, sizeBytes: 3, canSpeak: true };
  expect(models).toEqual([
    { ...model, name: 'b-7B.gguf', parametersB: 7 },
    { ...model, name: 'a-1.7B-Instruct.gguf', parametersB: 1.7 },
    { ...model, name: 'nomic-embed.gguf', parametersB: null, canSpeak: false },
  ]);
});

test('a digest is found out in the background, kept, and found out again when the file changes', async () => {
  const path = await newFolder();
  const file = join(path, 'm.gguf');
  await writeFile(file, 'one');
  const folder = modelsFolder({ path, defaultModel: 'm.gguf' });
  expect(await digest(folder)).toBeNull();
  await vi.waitFor(async () => expect(await digest(folder)).toBe(SHA_OF_ONE));
  expect(await readdir(path)).toContain('m.gguf.sha256.json');

  await writeFile(file, 'two');
  await utimes(file, new Date(), new Date(Date.now() + 60_000));
  await vi.waitFor(async () => expect(await digest(folder)).toBe(SHA_OF_TWO));
});

test('a broken marker is no digest', async () => {
  const path = await newFolder();
  await writeFile(join(path, 'm.gguf'), 'one');
  await writeFile(join(path, 'm.gguf.sha256.json'), '{"sha256": "made up"');
  const folder = modelsFolder({ path, defaultModel: 'm.gguf' });
  await vi.waitFor(async () => expect(await digest(folder)).toBe(SHA_OF_ONE));
});

test('nothing outside the folder can be named, but for the one file given by its absolute path', async () => {
  const [path, elsewhere] = [await newFolder(), await newFolder()];
  const given = join(elsewhere, 'given.gguf');
  await writeFile(given, 'one');
  await writeFile(join(elsewhere, 'other.gguf'), 'one');
  await writeFile(join(path, 'inside.gguf'), 'one');
  const folder = modelsFolder({ path, defaultModel: given });
  expect(await folder.find('inside.gguf')).toBe(join(path, 'inside.gguf'));
  expect(await folder.find('given.gguf')).toBe(given);
  for (const name of [
    'other.gguf',
    '../inside.gguf',
    `../${elsewhere}/other.gguf`,
    join(elsewhere, 'other.gguf'),
    '',
    '.',
    'gemma2:9b',
  ])
    expect(await folder.find(name)).toBeNull();
});

test('a folder that is not there has no models', async () => {
  expect(await modelsFolder({ path: join(await newFolder(), 'none'), defaultModel: 'm.gguf' }).list(never)).toEqual([]);
});

test.each([
  ['SmolLM2-135M-Instruct.Q4_1.gguf', 0.135],
  ['Qwen2.5-0.5B-Instruct-Q4_K_M.gguf', 0.5],
  ['llama-3.1-8b.gguf', 8],
  ['mistral.gguf', null],
])('the parameters in the name %s', (name, expected) => {
  expect(parametersIn(name)).toBe(expected);
});
