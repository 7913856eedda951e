/** What code must not do here. The layers of the tree are the table below; everything about imports is made from it. */
import { readdirSync } from 'node:fs';
import svelte from 'eslint-plugin-svelte';
import tseslint from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const layers = {
  domain: [],
  protocol: ['domain'],
  ports: ['domain', 'protocol'],
  actors: ['domain', 'protocol', 'ports'],
  adapters: ['domain', 'protocol', 'ports'],
  http: ['domain', 'protocol', 'ports', 'actors'],
};
/** The layers that the browser shares or that must stay pure: of all packages they know zod alone. */
const PURE = ['domain', 'protocol', 'ports'];
/** The one file that knows the canvas library. */
const FLOW_FILES = ['web/canvas/Canvas.svelte'];
const TESTS = '*.{test,long}.ts';

const ANY_IS_FINE = Object.fromEntries(
  ['assignment', 'member-access', 'argument', 'call'].map((rule) => [`@typescript-eslint/no-unsafe-${rule}`, 'off']),
);

const compositionRoot = readdirSync('server').filter((name) => name.endsWith('.ts'));
const oneOf = (names) => `(?:${names.map((name) => name.replaceAll('.', '\\.')).join('|')})`;
const restrict = (...patterns) => ({ 'no-restricted-imports': ['error', { patterns }] });

function layerPatterns(layer, { isTest }) {
  const foreign = Object.keys(layers).filter((name) => name !== layer && !layers[layer].includes(name));
  const fakesInTests = isTest ? '(?!adapters/fake/)' : '';
  const patterns = [
    {
      regex: `^(?:#|(?:\\.\\.?/)+)${fakesInTests}${oneOf(foreign)}/`,
      message: `${layer} may import only ${[...layers[layer], 'itself'].join(', ')} (the table in eslint.config.js).`,
    },
    {
      regex: `^(?:\\.\\./)+${oneOf(compositionRoot)}$`,
      message: 'The composition root imports the layers, never the other way round.',
    },
    { regex: `^#${layer}/`, message: 'Inside a layer imports are relative.' },
    {
      regex: '^(?:\\.\\./)+(?:domain|protocol|ports)/',
      message: 'Across layers imports say the layer: #domain/x.ts, #protocol/x.ts, #ports/x.ts.',
    },
    { regex: '^(?:\\.\\./)+web/', message: 'The server does not know the client.' },
  ];
  const isPure = PURE.includes(layer) && !isTest;
  if (isPure)
    patterns.push({ regex: '^(?![.#]|zod$)', message: `${layer} imports zod and nothing else from outside.` });
  return patterns;
}

const layerRules = Object.keys(layers).flatMap((layer) => [
  {
    files: [`server/${layer}/**/*.ts`],
    ignores: [`**/${TESTS}`, 'server/ports/contracts/**'],
    rules: restrict(...layerPatterns(layer, { isTest: false })),
  },
  {
    files: [`server/${layer}/**/${TESTS}`, ...(layer === 'ports' ? ['server/ports/contracts/**'] : [])],
    rules: restrict(...layerPatterns(layer, { isTest: true })),
  },
]);

const webPatterns = [
  { regex: '^#(?!protocol/)', message: 'The client imports #protocol/* and nothing else of the server.' },
  { regex: '^(?:\\.\\.?/)+server/', message: 'The client imports #protocol/* and nothing else of the server.' },
];
const flowPattern = {
  regex: '^@xyflow/(?!.*\\.css$)',
  message: `Only ${FLOW_FILES.join(', ')} knows the canvas library.`,
};
const nodePattern = { regex: '^node:', message: 'There is no Node in the browser.' };

export default tseslint.config(
  { ignores: ['dist/', 'data/', 'drizzle/', 'test-results/', '**/node_modules/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  tseslint.configs.base,
  {
    files: ['**/*.ts', '**/*.svelte', '**/*.svelte.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, extraFileExtensions: ['.svelte'], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/unbound-method': 'off', // factories return plain functions, none uses this
      '@typescript-eslint/require-await': 'off', // a port asks for promises where an adapter has nothing to wait for
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unsafe-return': 'off', // `return yield` in a stream answers with any
      '@typescript-eslint/no-unsafe-enum-comparison': 'off', // what a model file says is compared with plain strings
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'all' },
      ],
    },
  },
  {
    files: [`**/${TESTS}`, 'server/ports/contracts/**'],
    rules: ANY_IS_FINE, // expect.any and JSON from a socket are any by nature
  },
  svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser, svelteConfig } },
    rules: {
      'svelte/no-at-html-tags': 'error',
      ...ANY_IS_FINE, // components of other files are any to eslint; svelte-check sees them whole
    },
  },
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      'prefer-const': 'error',
      'no-else-return': 'error',
      'no-unused-vars': 'off',
      'no-unreachable': 'error',
      'no-dupe-else-if': 'error',
      'no-self-compare': 'error',
      'no-promise-executor-return': 'off',
      'max-lines': ['error', { max: 300, skipBlankLines: false, skipComments: false }],
    },
  },
  { files: [`**/${TESTS}`], rules: { 'max-lines': ['error', { max: 450 }] } },
  { files: ['**/*.svelte'], rules: { 'max-lines': ['error', { max: 200 }] } },
  { files: ['scripts/**/*.js', '*.js'], rules: { 'no-unused-vars': 'error' } },
  ...layerRules,
  { files: ['web/**/*.{ts,svelte}'], rules: restrict(...webPatterns, flowPattern, nodePattern) },
  { files: FLOW_FILES, rules: restrict(...webPatterns, nodePattern) },
  { files: ['web/**/*.test.ts'], rules: restrict(...webPatterns, flowPattern) },
);
