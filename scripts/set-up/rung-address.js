/** The rung of an `hf:` or `https:` address: node-llama-cpp's own downloader in a child on Node 24, which resumes what was interrupted. */
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lastWords, node24, runQuietly } from './child.js';
import { settle } from './mind-file.js';
import { portion } from './progress.js';

const FETCH = fileURLToPath(new URL('fetch-mind.js', import.meta.url));
const SILENCE_MS = 45_000;

/** Resolves to the path of the (first) file under its final name. Throws an Error with the reason; what has arrived stays for the next try. */
export async function fromAddress({
  root,
  env,
  model,
  name,
  folder,
  say,
  silenceMs = SILENCE_MS,
  node = node24(root),
}) {
  const logPath = join(root, 'data/set-up/mind-address.log');
  const incoming = join(folder, '.incoming', name);
  await mkdir(incoming, { recursive: true });
  const silence = new AbortController();
  const giveUp = () => silence.abort();
  let timer = setTimeout(giveUp, silenceMs);
  let arrivedBytes = -1;
  let outcome = null;

  const { log } = await runQuietly([node, FETCH, model, incoming, name], {
    cwd: root,
    env,
    logPath,
    signal: silence.signal,
    onLine(line) {
      const said = parse(line);
      if (said?.entry || said?.error) outcome = said;
      if (typeof said?.arrivedBytes !== 'number' || said.arrivedBytes === arrivedBytes) return;
      arrivedBytes = said.arrivedBytes;
      clearTimeout(timer);
      timer = setTimeout(giveUp, silenceMs);
      say(portion(said.arrivedBytes, said.wholeBytes));
    },
  });
  clearTimeout(timer);
  if (silence.signal.aborted)
    throw new Error(
      `nothing came for ${Math.round(silenceMs / 1_000)} s; check the network, then run the same command again.`,
    );
  if (!outcome?.entry)
    throw new Error(`${outcome?.error ?? (lastWords(log, 1) || 'the download broke off.')} Log: ${logPath}`);

  const path = await settle(join(incoming, outcome.entry), join(folder, name), outcome.sha256).catch(async (error) => {
    await rm(incoming, { recursive: true, force: true });
    throw error;
  });
  await bringFurtherParts(incoming, folder, outcome.entry, name);
  await rm(incoming, { recursive: true, force: true });
  return path;
}

/** A model in parts is loaded by its first part; the others must lie beside it, named alike. */
async function bringFurtherParts(incoming, folder, entry, name) {
  const prefix = entry.endsWith(name) ? entry.slice(0, -name.length) : '';
  for (const part of await readdir(incoming))
    if (part.endsWith('.gguf')) await rename(join(incoming, part), join(folder, part.slice(prefix.length)));
}

function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
