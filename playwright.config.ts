/** Browser tests: each starts the real server itself, so none is started here. One worker, because they share two cores with a mind. */
import { defineConfig } from '@playwright/test';

const executablePath = process.env['BAT_CHROMIUM'];
const kind = process.env['BAT_TEST_LONG'] ? 'long' : 'test';

export default defineConfig({
  testDir: 'e2e',
  testMatch: `**/*.${kind}.ts`,
  outputDir: 'test-results/browser',
  workers: 1,
  forbidOnly: Boolean(process.env['CI']),
  timeout: kind === 'long' ? 600_000 : 120_000,
  expect: { timeout: 15_000 },
  use: {
    browserName: 'chromium',
    viewport: { width: 1440, height: 900 },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      ...(executablePath ? { executablePath } : {}),
      args: [
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
