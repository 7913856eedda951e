import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { expect, test } from 'vitest';
import type { Idempotency, Store } from '#ports/journal.ts';
import type { SocietyMessage } from '../../actors/society.ts';
import { sampleTask } from '../../adapters/fake/samples.ts';
import { errorHandler } from '../errors.ts';
import { tasks } from './tasks.ts';

test('a request that lost the race against another with the same key gets the first answer', async () => {
  const answers = new Map<string, Idempotency>();
  const winner = sampleTask({ id: 'winner' });
  /** Somebody else's request with the same key is stored between the look and the commit, which then is refused. */
  const tell = (message: SocietyMessage) => {
    if (message.type !== 'create' || !message.remember) throw new Error('a create with a key was expected');
    const first = message.remember(winner);
    answers.set(first.key, first);
    message.failed(new Error('UNIQUE constraint failed: answers.key'));
  };
  const store = { answerFor: (key: string) => answers.get(key) } as unknown as Store;
  const app = Fastify();
  app.setValidatorCompiler(validatorCompiler).setSerializerCompiler(serializerCompiler).setErrorHandler(errorHandler);
  await app.register(tasks, { society: { path: 'society', tell }, store });
  const headers = { 'idempotency-key': 'k' };
  const response = await app.inject({ method: 'POST', url: '/api/tasks', headers, payload: { prompt: 'Where?' } });
  expect(response.statusCode).toBe(201);
  expect(response.headers.location).toBe('/api/tasks/winner');
  expect(response.json()).toEqual(winner);
});
