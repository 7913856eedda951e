/** Puts guard, routes, stream and client together. Never listens. */
import { existsSync } from 'node:fs';
import fastifyStatic from '@fastify/static';
import fastifySwagger from '@fastify/swagger';
import fastifyWebsocket from '@fastify/websocket';
import Fastify, { type FastifyInstance, type FastifyBaseLogger } from 'fastify';
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Journal, Store } from '#ports/journal.ts';
import type { Presence } from '#protocol/presence.ts';
import type { Health } from '#protocol/rest.ts';
import type { Signal } from '#protocol/signals.ts';
import type { Ref } from '../actors/runtime/actor.ts';
import type { SocietyMessage } from '../actors/society.ts';
import { errorHandler, problem, sendProblem } from './errors.ts';
import { guard } from './guard.ts';
import { societyRoutes } from './routes/society.ts';
import { tasks } from './routes/tasks.ts';
import { stream } from './stream.ts';

export type AppWorld = {
  journal: Journal;
  store: Store;
  society: Ref<SocietyMessage>;
  bootId: string;
  version: string;
  presence(): Presence;
  health(): Health;
  onPresence(listener: () => void): () => void;
  onSignal(listener: (signal: Signal) => void): () => void;
  hosts(): ReadonlySet<string>;
  /** Folder of the built client. */
  clientFolder: string;
  logger: FastifyBaseLogger;
};

const BODY_LIMIT = 1024 * 1024;
const MESSAGE_LIMIT = 1024 * 1024;

export async function buildApp(world: AppWorld): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: world.logger,
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(errorHandler);
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      problem({
        status: 404,
        code: 'not-found',
        message: `There is nothing at ${request.method} ${request.url.split('?')[0]?.slice(0, 200)}.`,
      }),
    ),
  );
  guard(app, world);
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'BAT OS',
        version: world.version,
        description: 'A living society of local language-model personas.',
      },
    },
    transform: jsonSchemaTransform,
  });
  await app.register(fastifyWebsocket, { options: { maxPayload: MESSAGE_LIMIT } });
  await app.register(tasks, world);
  await app.register(societyRoutes, world);
  await app.register(async (scope) => stream(scope, world));
  app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  if (existsSync(world.clientFolder))
    await app.register(fastifyStatic, { root: world.clientFolder, cacheControl: false });
  return app;
}
