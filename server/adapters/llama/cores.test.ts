import { expect, test } from 'vitest';
import { coresIn, physicalCores, threadsForMind } from './cores.ts';

const processor = (physical: number, core: number): string =>
  `processor\t: 0\nphysical id\t: ${physical}\ncore id\t\t: ${core}\n`;

test('two threads of one core count once, equal cores of two sockets twice', () => {
  expect(coresIn([processor(0, 0), processor(0, 1), processor(0, 0), processor(0, 1)].join('\n'))).toBe(2);
  expect(coresIn([processor(0, 0), processor(1, 0)].join('\n'))).toBe(2);
});

test('a processor that does not name its cores counts none', () => {
  expect(coresIn('processor\t: 0\nBogoMIPS\t: 108.00\n\nprocessor\t: 1\nBogoMIPS\t: 108.00\n')).toBe(0);
});

test('the mind leaves a core free, and has at least one thread', () => {
  expect(threadsForMind()).toBe(Math.max(1, physicalCores() - 1));
});
