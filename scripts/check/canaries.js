/**
 * Planted mistakes: each must make its own gate fail, because gates have passed on broken code before. They lie in the real tree for some
 * seconds, under names that nothing else imports, and are taken away again however the process ends.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const broken = (folder, specifier) => ({
  gate: 'eslint',
  file: `server/${folder}/planted-canary-layer.ts`,
  text: `import * as foreign from '${specifier}';\nexport const canary = foreign;\n`,
  sign: 'no-restricted-imports',
});

/** name -> gate, file, text, and the sign in the gate's complaint about that file by which it is known to have seen this mistake */
export const CANARIES = {
  'a type error in a .ts file stops tsc': {
    gate: 'tsc',
    file: 'server/domain/planted-canary-type.ts',
    text: "export const canary: number = 'not a number';\n",
    sign: 'TS2322',
  },
  'a type error in a .svelte file stops svelte-check': {
    gate: 'svelte-check',
    file: 'web/planted-canary-type.svelte',
    text: `<script lang="ts">\n  const canary: number = 'not a number';\n</script>\n\n{canary}\n`,
    sign: "Type 'string' is not assignable to type 'number'",
  },
  'an adapter that imports an actor stops eslint': broken('adapters', '../actors/society.ts'),
  'an actor that imports an adapter stops eslint': broken('actors', '../adapters/sqlite/image.ts'),
  'a domain file that imports Node stops eslint': broken('domain', 'node:fs'),
  'a port that imports an actor stops eslint': broken('ports', '../actors/society.ts'),
  'a client file that imports the domain stops eslint': {
    gate: 'eslint',
    file: 'web/planted-canary-layer.ts',
    text: "import * as foreign from '#domain/task.ts';\nexport const canary = foreign;\n",
    sign: 'no-restricted-imports',
  },
  'raw HTML in a component stops eslint': {
    gate: 'eslint',
    file: 'web/planted-canary-html.svelte',
    text: `<script lang="ts">\n  const { text }: { text: string } = $props();\n</script>\n\n{@html text}\n`,
    sign: 'svelte/no-at-html-tags',
  },
  'a promise that nobody waits for stops eslint': {
    gate: 'eslint',
    file: 'server/http/planted-canary-promise.ts',
    text: 'export function canary(): void {\n  Promise.resolve(1);\n}\n',
    sign: 'no-floating-promises',
  },
  'an unused export stops knip': {
    gate: 'knip',
    file: 'server/domain/planted-canary-export.ts',
    text: 'export const seenCanary = 1;\nexport const unseenCanary = 2;\n',
    sign: 'unseenCanary',
    company: {
      file: 'server/domain/planted-canary.long.ts',
      text: "import { seenCanary } from './planted-canary-export.ts';\nvoid seenCanary;\n",
    },
  },
};

const all = Object.values(CANARIES);
const files = [...all, ...all.flatMap(({ company }) => company ?? [])];

/** Plants all of them and answers with the function that takes them away. */
export function plant(root) {
  const uproot = () => files.forEach(({ file }) => rmSync(join(root, file), { force: true }));
  process.on('exit', uproot);
  for (const { file, text } of files) writeFileSync(join(root, file), text);
  return () => {
    uproot();
    process.off('exit', uproot);
  };
}

/** What a killed run may have left behind. */
export const clearPlanted = (root) => files.forEach(({ file }) => rmSync(join(root, file), { force: true }));

/** How a gate is run over the planted files; eslint looks at them alone, the others know no smaller portion than the tree. */
export function commandFor(gate, command) {
  const planted = all.filter((canary) => canary.gate === gate).map(({ file }) => file);
  return gate === 'eslint' ? ['eslint', '--format', 'json', ...planted] : command;
}

/** Whether the gate failed and complained about just this mistake in just this file. */
export function isSeen({ gate, file, sign }, { code, log }) {
  if (code === 0) return false;
  if (gate !== 'eslint')
    return log.split('\n').some((line, index, lines) => line.includes(file) && near(lines, index).includes(sign));
  const report = JSON.parse(log.slice(log.indexOf('['), log.lastIndexOf(']') + 1));
  const messages = report.find(({ filePath }) => filePath.endsWith(file))?.messages ?? [];
  return messages.some(({ ruleId }) => ruleId?.endsWith(sign));
}

const near = (lines, index) => lines.slice(index, index + 3).join('\n');
