import { expect, test } from 'vitest';
import { restClient } from './rest.ts';

const answering = (status: number, body: unknown) => {
  const calls: [unknown, RequestInit | undefined][] = [];
  const fetcher: typeof fetch = async (input, init) => {
    calls.push([input, init]);
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status });
  };
  return { calls, rest: restClient(fetcher) };
};

test('a question goes out with its key, so that it may be sent twice', async () => {
  const { calls, rest } = answering(201, { id: 't1' });
  const answer = await rest.ask({ prompt: 'Rest?', kind: 'contrapunto' }, 'key-1');
  expect(answer).toEqual({ ok: true, value: { id: 't1' } });
  expect(calls).toEqual([
    [
      '/api/tasks',
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': 'key-1' },
        body: '{"prompt":"Rest?","kind":"contrapunto"}',
      },
    ],
  ]);
});

test('a refusal is the problem as the server words it', async () => {
  const problem = { type: 'x', title: 'Not found', status: 404, code: 'unknown-task', detail: 'There is no task t1.' };
  expect(await answering(404, problem).rest.task('t1')).toEqual({ ok: false, problem });
});

test('an outage is a problem with its remedy, not an exception', async () => {
  const rest = restClient(() => Promise.reject(new TypeError('Failed to fetch')));
  expect(await rest.health()).toMatchObject({ ok: false, problem: { code: 'server-unreachable' } });
});

test('an answer that is not ours is a problem as well', async () => {
  expect(await answering(502, '{}').rest.health()).toMatchObject({
    ok: false,
    problem: { code: 'unknown', status: 502 },
  });
});

test('empty words are not sent as a search', async () => {
  const { calls, rest } = answering(200, { items: [], nextCursor: null });
  await rest.tasks({ q: '', limit: 30 });
  expect(calls[0]?.[0]).toBe('/api/tasks?limit=30');
});
