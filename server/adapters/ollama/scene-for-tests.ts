/** An adapter and a fake Ollama that it talks to; both are closed after each test. */
import { afterEach } from 'vitest';
import type { ModelBackend, ModelEvent, ModelRequest } from '#ports/model-backend.ts';
import { startFakeOllama, type FakeOllama, type FakeOllamaOptions } from '../fake/ollama-server.ts';
import { ollamaBackend, type Budgets } from './ollama-backend.ts';

export const never = new AbortController().signal;
export const numbers = Array.from({ length: 200 }, (_, index) => `number ${index + 1}`).join(', ');

const open: { close(): Promise<void> }[] = [];
afterEach(async () => void (await Promise.all(open.splice(0).map((one) => one.close()))));

export type Scene = {
  server: FakeOllama;
  backend: ModelBackend;
  say(over?: Partial<ModelRequest>, signal?: AbortSignal): Promise<ModelEvent[]>;
};

export async function scene(options: Partial<FakeOllamaOptions> = {}, budgets: Partial<Budgets> = {}): Promise<Scene> {
  const server = await startFakeOllama({
    models: ['mistral', 'phi3'],
    reply: () => 'one two three four five',
    ...options,
  });
  const backend = ollamaBackend({ url: server.url, budgets });
  open.push(backend, server);
  const messages = [{ role: 'user' as const, content: 'Count.' }];
  const request = { model: 'mistral', messages, seed: 1, temperature: 0.7, maxTokens: 50, conversation: 'c' };
  return {
    server,
    backend,
    async say(over = {}, signal = never) {
      const events: ModelEvent[] = [];
      for await (const event of backend.stream({ ...request, ...over }, signal)) events.push(event);
      return events;
    },
  };
}

export const spoken = (events: ModelEvent[]): string =>
  events.map((event) => (event.type === 'delta' ? event.text : '')).join('');
