import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import type { ModelEvent } from '#ports/model-backend.ts';
import { llamaBackend } from './llama-backend.ts';
import { modelForTests } from './model-for-tests.ts';

const { folder, name, skip } = modelForTests();
const never = new AbortController().signal;
const request = {
  model: name,
  messages: [{ role: 'user' as const, content: 'Explain at length why the sea is salty.' }],
  seed: 1,
  temperature: 0.8,
  maxTokens: 200,
  conversation: 'crash',
};

describe.skipIf(skip)(`the process that holds a model${skip ? ` (skipped: ${skip})` : ''}`, { timeout: 60_000 }, () => {
  test('its native crash cuts off what it says, and the next load starts anew', async () => {
    const warnings: string[] = [];
    const logger = { info: () => {}, warn: (message: string) => void warnings.push(message) };
    const mind = llamaBackend({ modelsFolder: folder, defaultModel: name, gpu: false, logger });
    await mind.load(name, {}, never);
    const events: ModelEvent[] = [];
    for await (const event of mind.stream(request, never)) {
      if (events.length === 0) process.kill(mind.pidOf(name) as number, 'SIGSEGV');
      events.push(event);
    }
    expect(events.filter(({ type }) => type !== 'delta')).toEqual([
      { type: 'failed', failure: { kind: 'cut-off', detail: expect.stringContaining('SIGSEGV') } },
    ]);
    expect(warnings).toContainEqual(expect.stringContaining('SIGSEGV'));
    expect(await mind.resident(never)).toEqual({ ok: true, value: [] });
    expect(await mind.load(name, {}, never)).toEqual({ ok: true, value: { model: name, vramBytes: 0 } });
    await mind.close();
  });

  test('it is gone when an unload returns, also in the middle of a speech', async () => {
    const mind = llamaBackend({ modelsFolder: folder, defaultModel: name, gpu: false });
    await mind.load(name, {}, never);
    const pid = mind.pidOf(name) as number;
    let last: ModelEvent | undefined;
    for await (const event of mind.stream(request, never)) {
      if (!last) expect(await mind.unload(name, never)).toEqual({ ok: true, value: null });
      last = event;
    }
    expect(isAlive(pid)).toBe(false);
    expect(last).toEqual({ type: 'failed', failure: { kind: 'cut-off', detail: 'The model was unloaded.' } });
    await mind.close();
  });

  test('a Ctrl-C in the terminal is left to its parent', async () => {
    const mind = llamaBackend({ modelsFolder: folder, defaultModel: name, gpu: false });
    await mind.load(name, {}, never);
    const events: ModelEvent[] = [];
    for await (const event of mind.stream({ ...request, maxTokens: 30 }, never)) {
      if (events.length === 0)
        for (const signal of ['SIGINT', 'SIGTERM']) process.kill(mind.pidOf(name) as number, signal);
      events.push(event);
    }
    expect(events.at(-1)).toMatchObject({ type: 'finished', finish: 'length' });
    await mind.close();
  });

  test('another context size loads the model anew, the same one does not', async () => {
    const mind = llamaBackend({ modelsFolder: folder, defaultModel: name, gpu: false });
    await mind.load(name, { numCtx: 512 }, never);
    const first = mind.pidOf(name);
    await mind.load(name, { numCtx: 512 }, never);
    expect(mind.pidOf(name)).toBe(first);
    await mind.load(name, { numCtx: 1_024 }, never);
    expect(mind.pidOf(name)).not.toBe(first);
    expect(isAlive(first as number)).toBe(false);
    await mind.close();
  });

  test('it dies with the server that started it', async () => {
    const owner = spawn(
      process.execPath,
      [fileURLToPath(new URL('owner-for-tests.ts', import.meta.url)), folder, name],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const [line] = (await once(owner.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    expect(isAlive(pid)).toBe(true);
    owner.kill('SIGKILL');
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 5_000 });
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
