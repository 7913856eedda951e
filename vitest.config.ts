/** Unit, contract and integration tests. `npm run test:long` runs the `*.long.ts` files instead. */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const kind = process.env['BAT_TEST_LONG'] ? 'long' : 'test';

export default defineConfig({
  cacheDir: 'node_modules/.vite',
  test: {
    passWithNoTests: kind === 'long',
    testTimeout: kind === 'long' ? 600_000 : 20_000,
    hookTimeout: 20_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: 'server', include: [`{server,scripts,bench}/**/*.${kind}.{ts,js}`], environment: 'node' },
      },
      {
        extends: true,
        plugins: [svelte({ configFile: 'svelte.config.js' })],
        resolve: { conditions: ['browser'] },
        test: { name: 'web', include: [`web/**/*.${kind}.ts`], environment: 'node' },
      },
    ],
  },
});
