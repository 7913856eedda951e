/** Tasks over REST: ask, list, read, change, cancel, pause, resume. */
import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Id } from '#domain/id.ts';
import { NewTask, Task, TaskChange } from '#domain/task.ts';
import { transcriptOf } from '#domain/transcript.ts';
import type { Store, StoredAnswer } from '#ports/journal.ts';
import { Problem, TaskPage, TaskQuery } from '#protocol/rest.ts';
import type { Answer, SocietyMessage } from '../../actors/society.ts';
import { ask } from '../../actors/runtime/ask.ts';
import type { Ref } from '../../actors/runtime/actor.ts';
import { HttpProblem } from '../errors.ts';

type Options = { society: Ref<SocietyMessage>; store: Store };

const ASK_MS = 5_000;
/** Room for a prompt that is too long, so that the answer can say so. */
const BODY_LIMIT = 4 * 1024 * 1024;
const ById = z.object({ id: Id });
const IdempotencyKey = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/)
    .optional(),
});

export const tasks: FastifyPluginAsyncZod<Options> = async (app, { society, store }) => {
  const tags = ['tasks'];

  /** What was answered to this key before; another body under it is a conflict. */
  function firstAnswer(key: string, bodySha256: string): StoredAnswer | undefined {
    const earlier = store.answerFor(key);
    if (!earlier || earlier.bodySha256 === bodySha256) return earlier?.answer;
    throw new HttpProblem(409, 'idempotency-key-reused', 'This Idempotency-Key was used with another body.');
  }

  const again = (reply: FastifyReply, { location, body }: StoredAnswer) =>
    reply
      .code(201)
      .header('location', location ?? '')
      .send(JSON.parse(body) as Task);

  app.post(
    '/api/tasks',
    {
      bodyLimit: BODY_LIMIT,
      schema: {
        tags,
        summary: 'Ask the society',
        headers: IdempotencyKey,
        body: NewTask,
        response: { 201: Task, 409: Problem, 422: Problem },
      },
    },
    async (request, reply) => {
      const key = request.headers['idempotency-key'];
      const bodySha256 = sha256(JSON.stringify(request.body));
      const earlier = key ? firstAnswer(key, bodySha256) : undefined;
      if (earlier) return again(reply, earlier);
      const remember = key ? (task: Task) => ({ key, bodySha256, answer: answerOf(task) }) : undefined;
      const asked = ask<Answer, SocietyMessage>(
        society,
        (answering) => ({ type: 'create', task: request.body, remember, ...answering }),
        ASK_MS,
      );
      const answer = await asked.catch((error: unknown) => {
        const meanwhile = key ? firstAnswer(key, bodySha256) : undefined; // the same request, a moment before
        if (meanwhile) return meanwhile;
        throw error;
      });
      if ('body' in answer) return again(reply, answer);
      const task = unwrap(answer);
      return reply.code(201).header('location', locationOf(task)).send(task);
    },
  );

  app.get(
    '/api/tasks',
    { schema: { tags, summary: 'List tasks, newest first', querystring: TaskQuery, response: { 200: TaskPage } } },
    async (request) => store.tasks(request.query),
  );

  app.get(
    '/api/tasks/:id',
    {
      schema: {
        tags,
        summary: 'One task with its turns and verdicts',
        params: ById,
        response: { 200: Task, 404: Problem },
      },
    },
    async ({ params: { id } }) => {
      const task = store.task(id);
      if (!task) throw new HttpProblem(404, 'unknown-task', `There is no task ${id}.`);
      return task;
    },
  );

  app.get(
    '/api/tasks/:id/transcript.md',
    { schema: { tags, summary: 'The dialogue as Markdown', params: ById } },
    async ({ params: { id } }, reply) => {
      const task = store.task(id);
      if (!task) throw new HttpProblem(404, 'unknown-task', `There is no task ${id}.`);
      return reply.type('text/markdown; charset=utf-8').send(transcriptOf(task));
    },
  );

  app.patch(
    '/api/tasks/:id',
    {
      schema: {
        tags,
        summary: 'Rename, archive or rate a task',
        params: ById,
        body: TaskChange,
        response: { 200: Task, 404: Problem, 422: Problem },
      },
    },
    async ({ params: { id }, body: change }) =>
      unwrap(
        await ask<Answer, SocietyMessage>(
          society,
          (answering) => ({ type: 'change', taskId: id, change, ...answering }),
          ASK_MS,
        ),
      ),
  );

  for (const act of ['cancel', 'pause', 'resume'] as const) {
    app.post(
      `/api/tasks/:id/${act}`,
      { schema: { tags, summary: `${act} a task`, params: ById, response: { 200: Task, 404: Problem, 409: Problem } } },
      async ({ params: { id } }) =>
        unwrap(
          await ask<Answer, SocietyMessage>(society, (answer) => ({ type: 'act', act, taskId: id, ...answer }), ASK_MS),
        ),
    );
  }
};

const locationOf = ({ id }: Task): string => `/api/tasks/${id}`;
const answerOf = (task: Task): StoredAnswer => ({
  status: 201,
  location: locationOf(task),
  body: JSON.stringify(task),
});

const STATUS = { 'unknown-task': 404, 'wrong-state': 409, 'unknown-persona': 422, 'unknown-policy': 422 } as const;

function unwrap(answer: Answer): Task {
  if (answer.ok) return answer.task;
  const errors = answer.path ? [{ path: answer.path, message: answer.detail }] : undefined;
  throw new HttpProblem(STATUS[answer.code], answer.code, answer.detail, errors);
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
