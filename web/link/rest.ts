/** The REST calls of the client. Refusals and outages are values: a Problem as the server words it, or one of our own. */
import type { Health, Problem, Task, TaskPage } from '#protocol/rest.ts';

export type Answer<T> = { ok: true; value: T } | { ok: false; problem: Problem };

/** The body of POST /api/tasks as the browser sends it; the server checks it. */
export type Question = {
  prompt: string;
  kind: 'contrapunto' | 'talk';
  persona?: string;
  policy?: string;
};
export type TaskAct = 'cancel' | 'pause' | 'resume';

export type Rest = ReturnType<typeof restClient>;

export function restClient(fetcher: typeof fetch = fetch.bind(globalThis)) {
  async function call<T>(path: string, init?: RequestInit): Promise<Answer<T>> {
    try {
      const response = await fetcher(path, init);
      const body: unknown = await response.json();
      return response.ok ? { ok: true, value: body as T } : { ok: false, problem: asProblem(body, response) };
    } catch {
      return { ok: false, problem: unreachable };
    }
  }

  return {
    /** `key` makes the call safe to repeat: the same key and body gives the first answer again. */
    ask: (question: Question, key: string) =>
      call<Task>('/api/tasks', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(question),
      }),
    act: (id: string, act: TaskAct) => call<Task>(`/api/tasks/${id}/${act}`, { method: 'POST' }),
    task: (id: string) => call<Task>(`/api/tasks/${id}`),
    tasks: (query: { q?: string; cursor?: string; limit?: number }) => call<TaskPage>(`/api/tasks?${asSearch(query)}`),
    health: () => call<Health>('/api/health'),
  };
}

function asSearch(query: Record<string, string | number | undefined>): URLSearchParams {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
}

function asProblem(body: unknown, { status, statusText }: Response): Problem {
  if (typeof body === 'object' && body !== null && 'code' in body && 'detail' in body) return body as Problem;
  return { type: 'about:blank', title: statusText, status, code: 'unknown', detail: `The server answered ${status}.` };
}

const unreachable: Problem = {
  type: 'about:blank',
  title: 'Server unreachable',
  status: 0,
  code: 'server-unreachable',
  detail: 'The server does not answer. Nothing is lost: start it again with "npm start", then try once more.',
};
