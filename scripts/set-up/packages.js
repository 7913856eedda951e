/** The packages of the lock file, Node 24 among them. Due when the lock is another than the one they were installed from. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastWords, node24, outsideEnvironment, plain, runQuietly } from './child.js';

const COUNT_EVERY_MS = 1_000;

export function packages({ root, env, npm = ['npm'] }) {
  const markerPath = join(root, 'node_modules/.bat-os-packages.json');
  const logPath = join(root, 'data/set-up/packages.log');
  const lockText = () => readFileSync(join(root, 'package-lock.json'), 'utf8');

  /** Written last, so that it stands for a whole installation. */
  const mark = () => writeFileSync(markerPath, JSON.stringify(stampOf(lockText())));

  return {
    title: 'Installing the packages',
    async isDue() {
      if (!existsSync(node24(root))) return true;
      if (readJson(markerPath)?.stamp === stampOf(lockText()).stamp) return false;
      if (!isInstalledBy(npmsOwnRecord(root), JSON.parse(lockText()))) return true;
      mark();
      return false;
    },
    async run(say) {
      rmSync(markerPath, { force: true });
      const wanted = required(JSON.parse(lockText()));
      const counter = setInterval(() => {
        const there = wanted.filter((path) => existsSync(join(root, path, 'package.json'))).length;
        say(`${there} of ${wanted.length} packages`);
      }, COUNT_EVERY_MS);
      const { code, log } = await runQuietly([...npm, 'ci', '--no-audit', '--no-fund', '--prefer-offline'], {
        cwd: root,
        env: { ...outsideEnvironment(env, root), NODE_LLAMA_CPP_SKIP_DOWNLOAD: 'true' },
        logPath,
      });
      clearInterval(counter);
      if (code !== 0) throw new Error(failureOf(code, log, logPath));
      if (!existsSync(node24(root)))
        throw new Error(
          `npm installed the packages, but not Node 24: allow install scripts for the package "node" (is ignore-scripts set for npm?), then run the same command again. Log: ${logPath}`,
        );
      mark();
      return `${wanted.length} packages`;
    },
  };
}

const stampOf = (lock) => ({
  stamp: createHash('sha256').update(`${process.platform} ${process.arch}\n${lock}`).digest('hex'),
});

const required = (lock) =>
  Object.entries(lock.packages)
    .filter(([path, entry]) => path !== '' && !entry.optional)
    .map(([path]) => path);

/** npm writes its record when an installation is whole, and takes it away with the folder. */
const npmsOwnRecord = (root) => readJson(join(root, 'node_modules/.package-lock.json'));

/** Whether somebody has installed just this lock already, with `npm install` or `npm ci`. */
function isInstalledBy(record, lock) {
  if (!record?.packages) return false;
  return Object.entries(lock.packages).every(([path, { version, integrity, optional }]) => {
    const there = record.packages[path];
    if (path === '' || (optional && !there)) return true;
    return there?.version === version && there.integrity === integrity;
  });
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

const REMEDIES = [
  [/ENOSPC/, 'The disk is full: free about 1 GB'],
  [/EACCES|EPERM/, 'npm may not write here: make this folder and the npm cache your own'],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network/i,
    'The package registry cannot be reached: check the network or the proxy',
  ],
  [/EUSAGE|in sync/, 'package-lock.json does not fit package.json: run npm install once'],
  [/EINTEGRITY/, 'A downloaded package is damaged: run npm cache clean --force'],
];

function failureOf(code, log, logPath) {
  if (code === 127)
    return 'npm was not found: install Node with npm (https://nodejs.org), then run the same command again.';
  const [, remedy = 'npm ci failed: read the log'] = REMEDIES.find(([pattern]) => pattern.test(log)) ?? [];
  return `${remedy}, then run the same command again; it goes on with what is there. Log: ${logPath}\n${errorWords(log)}`;
}

/** npm says what is wrong first, and how it is used at the end. */
function errorWords(log) {
  const lines = plain(log)
    .split('\n')
    .filter((line) => /^npm error +\S/.test(line) && !/^npm error A complete log/.test(line));
  return lines.slice(0, 4).join('\n') || lastWords(log);
}
