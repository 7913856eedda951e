/** A vitest reporter: writes `{tests: [{name, status, message?}]}` to the file that BAT_TEST_REPORT names, with the reason of each skip and what went wrong outside of tests. */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';

const STATUS = { passed: 'passed', failed: 'failed', skipped: 'skipped', pending: 'failed' };

export default class VitestReport {
  onTestRunEnd(modules, unhandledErrors) {
    const tests = modules.flatMap((module) => {
      const file = relative(process.cwd(), module.moduleId);
      const broken = module.errors().map((error) => ({ name: file, status: 'failed', message: wordsOf(error) }));
      return [...broken, ...Array.from(module.children.allTests(), (test) => outcomeOf(test, file))];
    });
    const outside = unhandledErrors.map((error) => ({
      name: 'an error outside of any test',
      status: 'failed',
      message: wordsOf(error),
    }));
    writeFileSync(process.env.BAT_TEST_REPORT, JSON.stringify({ tests: [...tests, ...outside] }));
  }
}

function outcomeOf(test, file) {
  const { state, errors, note } = test.result();
  const message = state === 'skipped' ? note : errors?.map(wordsOf).join('\n');
  return { name: `${file} › ${test.fullName}`, status: STATUS[state], ...(message ? { message } : {}) };
}

const wordsOf = ({ message, stack, diff }) =>
  [
    message,
    diff,
    stack
      ?.split('\n')
      .find((line) => line.includes('.ts:') || line.includes('.js:'))
      ?.trim(),
  ]
    .filter(Boolean)
    .join('\n');
