/** The whole folded state, and how the house is. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Journal } from '#ports/journal.ts';
import type { Presence } from '#protocol/presence.ts';
import { Health, SocietyState } from '#protocol/rest.ts';

type Options = { journal: Journal; presence(): Presence; health(): Health };

export const societyRoutes: FastifyPluginAsyncZod<Options> = async (app, { journal, presence, health }) => {
  const tags = ['society'];
  app.get(
    '/api/society',
    { schema: { tags, summary: 'The whole folded state', response: { 200: SocietyState } } },
    async () => ({
      seq: journal.seq,
      runId: journal.runId,
      society: journal.society,
      presence: presence(),
    }),
  );
  app.get(
    '/api/health',
    { schema: { tags, summary: 'What works, and what to do about the rest', response: { 200: Health } } },
    async () => health(),
  );
};
