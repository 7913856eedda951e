/** Makes a task of what the Architect asks, with everything pinned that it is to keep; or says what would be right. Pure. */
import type { Persona } from './codex.ts';
import { DEFAULT_PAIR, STEWARD } from './roles.ts';
import { orderOfVoices } from './contrapunto.ts';
import type { Policy } from './heuristics.ts';
import type { NewTask, Task } from './task.ts';

export type Unanswerable = { ok: false; code: 'unknown-persona' | 'unknown-policy'; detail: string; path: string };

type Circumstances = {
  personas: readonly Persona[];
  policies: readonly Policy[];
  activePolicy: string;
  versions: { codex: number; heuristics: number };
  mindsOf(names: readonly string[]): Task['minds'];
  id: string;
  at: string;
  seed: number;
};

export function newTask(asked: NewTask, now: Circumstances): { ok: true; task: Task } | Unanswerable {
  const { personas, policies, versions, id, at, seed } = now;
  const isTalk = asked.kind === 'talk';
  const [first, second] = isTalk ? [asked.persona ?? STEWARD] : (asked.personas ?? DEFAULT_PAIR);
  const speakers = second === undefined ? [first] : [first, second];

  const known = personas.map(({ name }) => name);
  const stranger = speakers.find((name) => !known.includes(name));
  if (stranger !== undefined) {
    const detail = `There is no persona "${stranger}". The society has: ${known.join(', ')}.`;
    return { ok: false, code: 'unknown-persona', path: isTalk ? 'persona' : 'personas', detail };
  }
  const policy = asked.policy ?? now.activePolicy;
  const policyNames = policies.map(({ name }) => name);
  if (!policyNames.includes(policy)) {
    const detail = `There is no policy "${policy}". There are: ${policyNames.join(', ')}.`;
    return { ok: false, code: 'unknown-policy', path: 'policy', detail };
  }

  const minds = now.mindsOf(isTalk ? speakers : [...speakers, STEWARD]);
  const task: Task = {
    id,
    kind: asked.kind,
    title: titleOf(asked.prompt),
    archived: false,
    prompt: asked.prompt,
    personas: second === undefined ? [first] : orderOfVoices([first, second], seed),
    policy: { name: policy, version: versions.heuristics },
    codexVersion: versions.codex,
    backend: minds[first]?.backend ?? 'embedded',
    minds,
    seed,
    maxTurns: asked.maxTurns ?? null,
    status: 'waiting',
    outcome: null,
    reason: null,
    remedy: null,
    createdAt: at,
    updatedAt: at,
    turns: [],
    attempts: [],
    steers: [],
    verdicts: [],
    synthesis: null,
    dissent: [],
    performance: null,
  };
  return { ok: true, task };
}

const TITLE_LENGTH = 80;

/** The prompt's first line, shortened. */
function titleOf(prompt: string): string {
  const line = prompt.trim().split('\n', 1)[0] ?? '';
  return line.length <= TITLE_LENGTH
    ? line
    : `${line
        .slice(0, TITLE_LENGTH - 1)
        .toWellFormed()
        .trimEnd()}…`;
}
