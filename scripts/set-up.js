/**
 * Brings the house into the state that `npm start` and `npm test` need: packages, processor binaries, the built client, a mind.
 * Does only what is missing or stale, and goes on where an interrupted run stopped. Runs on Node >= 20.19 without packages.
 * Speaks on standard error only; standard output belongs to the server's one line.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `BAT OS needs Node 20.19 or newer and this is Node ${process.versions.node}: install a newer one (https://nodejs.org), then run the same command again.\n`,
  );
  process.exit(1);
}

const { fileURLToPath } = await import('node:url');
const { setUp } = await import('./set-up/set-up.js');
const isDone = await setUp({ root: fileURLToPath(new URL('..', import.meta.url)), env: process.env });
process.exit(isDone ? 0 : 1);
