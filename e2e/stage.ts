/** What browser tests start from: the real server on a data folder of its own, and the words to find things by. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test as base, type Page } from '@playwright/test';
import { startFakeOllama, type FakeChat, type FakeOllama } from '../server/adapters/fake/ollama-server.ts';
import { isRunning, startServer, type RunningServer } from '../server/server-process.ts';

const MODELS = process.env['BAT_MODELS'] ?? fileURLToPath(new URL('../data/models', import.meta.url));

/** Starts servers on one data folder; the same port again where one is given. All end with the test. */
export type House = { start(env?: Record<string, string>): Promise<RunningServer> };

export const test = base.extend<{ house: House; ollama: FakeOllama }>({
  house: async ({}, use) => {
    const data = mkdtempSync(join(tmpdir(), 'bat-e2e-'));
    const servers: RunningServer[] = [];
    await use({
      async start(env = {}) {
        const server = await startServer({ BAT_DATA: data, BAT_MODELS: MODELS, ...env });
        if (!isRunning(server)) throw new Error(`the server did not start: ${server.stderr}`);
        servers.push(server);
        return server;
      },
    });
    await Promise.all(servers.map((server) => server.end('SIGKILL')));
    rmSync(data, { recursive: true, force: true });
  },

  ollama: async ({}, use) => {
    const ollama = await startFakeOllama({
      models: ['gemma2:9b', 'mistral', 'phi3', 'llama3.1'],
      reply,
      tokensPerSecond: 40,
      loadMs: 150,
    });
    await use(ollama);
    await ollama.close();
  },
});

function reply({ format, model }: FakeChat): string {
  if (!format)
    return `**${model}** has two things to say.\n\nThe first is short. The second is that a tired hour writes half a paragraph.`;
  const all = {
    position: 'I hold it.',
    contests: [{ claim: 'All of it.', why: 'It does not follow.' }],
    concedes: [],
    agreement: 0,
    newPoints: [],
  };
  const wanted = Object.keys(format['properties'] ?? {});
  return JSON.stringify(Object.fromEntries(Object.entries(all).filter(([key]) => wanted.includes(key))));
}

export const hasMind = (): boolean => existsSync(join(MODELS, 'SmolLM2-135M-Instruct.Q4_1.gguf'));

export const dialogue = (page: Page) => page.locator('[role=article][data-task]').first();
export const turn = (page: Page, no: number) => dialogue(page).locator(`[data-turn="${no}"]`);
export const connection = (page: Page) => page.locator('[data-connection]').first();

export async function ask(page: Page, question: string, { policy }: { policy?: string } = {}): Promise<void> {
  if (policy) await page.getByLabel('Policy').selectOption(policy);
  const composer = page.getByRole('textbox', { name: 'Ask the society' });
  await composer.fill(question);
  await composer.press('Enter');
}
