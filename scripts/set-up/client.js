/** The built client in dist/web. Due when a source that goes into it has other content than at the last build. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastWords, runQuietly, tool } from './child.js';

const FOLDERS = ['web', 'server/domain', 'server/protocol'];
const FILES = ['vite.config.ts', 'svelte.config.js', 'package-lock.json', 'package.json'];

export function client({ root, env, build = () => [...tool(root, 'vite'), 'build'] }) {
  const markerPath = join(root, 'dist/web.built');
  const logPath = join(root, 'data/set-up/client.log');
  return {
    title: 'Building the client',
    async isDue() {
      if (!existsSync(join(root, 'dist/web/index.html')) || !existsSync(markerPath)) return true;
      return readFileSync(markerPath, 'utf8') !== digestOfSources(root);
    },
    async run() {
      const digest = digestOfSources(root);
      rmSync(markerPath, { force: true });
      const { code, log } = await runQuietly(build(), { cwd: root, env, logPath });
      if (code !== 0)
        throw new Error(
          `The client could not be built: mend what the log names, then run the same command again. Log: ${logPath}\n${lastWords(log, 12)}`,
        );
      writeFileSync(markerPath, digest);
    },
  };
}

/** A digest of names and contents; about a megabyte is read, so it costs some milliseconds. Tests do not go into the build. */
function digestOfSources(root) {
  const inFolders = FOLDERS.filter((folder) => existsSync(join(root, folder))).flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.includes('.test.') && !entry.name.startsWith('planted-canary'))
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name)),
  );
  const paths = [...inFolders, ...FILES.map((file) => join(root, file)).filter(existsSync)].sort();
  const hash = createHash('sha256');
  for (const path of paths) {
    const content = readFileSync(path);
    hash.update(`${path.slice(root.length)} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}
