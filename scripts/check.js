/** `npm run check`: formatting, lint, types, unused code, and proof that each of these bites. Exit code 1 when one fails. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { check } from './check/check.js';
import { node24 } from './set-up/child.js';

const root = fileURLToPath(new URL('..', import.meta.url));
if (!existsSync(node24(root))) {
  process.stderr.write('The packages are not installed: run npm start or npm test once, or npm ci.\n');
  process.exit(1);
}

const outcomes = await check({
  root,
  env: process.env,
  told: ({ name, status, message }) =>
    process.stdout.write(`${status === 'passed' ? '✓' : '✗'} ${name}\n${message ? `${message}\n` : ''}`),
});
const failed = outcomes.filter(({ status }) => status === 'failed').length;
process.stdout.write(`check: ${outcomes.length - failed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
