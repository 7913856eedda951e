import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CANARIES, isSeen } from '../check/canaries.js';
import { findChromium } from './chromium.js';
import { judged, tally } from './tally.js';

const passed = { name: 'it works', status: 'passed' };
const failed = { name: 'it counts', status: 'failed', message: 'expected 1\nbut got 2' };
const skipped = { name: 'it is seen', status: 'skipped', message: 'missing: Chromium' };

test('the last line sums everything up, after the failures with their words and the skips with their reasons', () => {
  expect(tally([passed, failed, skipped])).toEqual({
    text: [
      '',
      'Failed:',
      '  ✗ it counts',
      '    expected 1',
      '    but got 2',
      '',
      'Skipped:',
      '  - it is seen: missing: Chromium',
      '',
      'tests: 1 passed, 1 failed, 1 skipped',
      '',
    ].join('\n'),
    isGood: false,
  });
});

test('a suite that skips as a whole is one line', () => {
  const suite = ['one', 'two'].map((name) => ({ name: `file › a real Ollama > ${name}`, status: 'skipped' }));
  expect(tally(suite).text).toContain('  - file › a real Ollama (2 tests)\n');
});

test('nothing failed is good, skips or not', () => expect(tally([passed, skipped]).isGood).toBe(true));

test('where everything is required a missing tool is a failure, and a test for another occasion is not', () => {
  const elsewhere = { name: 'a real Ollama', status: 'skipped', message: 'BAT_TEST_OLLAMA names no Ollama' };
  expect(judged([passed, skipped, elsewhere], { requiresAll: true })).toEqual([
    passed,
    { name: 'it is seen', status: 'failed', message: 'missing: Chromium (required by REQUIRE_ALL=1)' },
    elsewhere,
  ]);
  expect(judged([skipped], { requiresAll: false })).toEqual([skipped]);
});

test('a browser is named, found, or missing with what to do', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bat-chromium-'));
  const program = join(folder, 'chromium');
  writeFileSync(program, '', { mode: 0o755 });
  expect(findChromium({ BAT_CHROMIUM: program }, [])).toEqual({ path: program });
  expect(findChromium({ PATH: folder }, [])).toEqual({ path: program });
  expect(findChromium({ PATH: '' }, [])).toMatchObject({
    path: null,
    reason: expect.stringMatching(/^missing: .*apt-get install chromium/),
  });
  expect(findChromium({ BAT_CHROMIUM: '/nowhere' }, [program])).toMatchObject({
    path: null,
    reason: expect.stringMatching(/BAT_CHROMIUM/),
  });
  rmSync(folder, { recursive: true });
});

test('a canary is seen only when its gate fails with its own mistake in its own file', () => {
  const canary = CANARIES['a type error in a .ts file stops tsc'];
  const complaint = `${canary.file}(1,14): error TS2322: Type 'string' is not assignable to type 'number'.`;
  const verdicts = [
    { code: 2, log: complaint },
    { code: 0, log: complaint },
    { code: 2, log: complaint.replace(canary.file, 'server/main.ts') },
    { code: 2, log: complaint.replace('TS2322', 'TS6133') },
    { code: 127, log: '' },
  ].map((answer) => isSeen(canary, answer));
  expect(verdicts).toEqual([true, false, false, false, false]);
});
