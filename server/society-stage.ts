/** A society for tests: the real actors over a real image, with whatever backends the test brings, at a hurried pace. */
import { fileURLToPath } from 'node:url';
import { type BackendKind, Settings } from '#domain/settings.ts';
import { NewTask, type Task } from '#domain/task.ts';
import type { ModelRequest } from '#ports/model-backend.ts';
import type { Entry, Fact } from '#protocol/facts.ts';
import type { TurnDelta } from '#protocol/signals.ts';
import { type Reply, type ScriptedBackend } from './adapters/fake/scripted-backend.ts';
import { openImage, type Image } from './adapters/sqlite/image.ts';
import { ask } from './actors/runtime/ask.ts';
import type { Answer, SocietyMessage } from './actors/society.ts';
import { loadConfig } from './config.ts';
import { bringToLife, type Life } from './living-society.ts';

const PACE = { lookEvery: 5, retryAfter: [1, 1], storeAgainAfter: 5 };
const CONFIG = fileURLToPath(new URL('../config', import.meta.url));
const silent = { error: () => {}, warn: () => {} };
let ids = 0;

export type Stage = {
  life: Life;
  image: Image;
  entries: Entry[];
  deltas: TurnDelta[];
  close(): Promise<void>;
  create(task: Record<string, unknown>): Promise<Task>;
  act(act: 'cancel' | 'pause' | 'resume', id: string): Promise<Answer>;
  until(type: Fact['type'], where?: (fact: never) => boolean): Promise<Entry>;
};

export async function societyIn(
  folder: string,
  backends: readonly ScriptedBackend[],
  { kind = 'auto', maxPages }: { kind?: BackendKind | 'auto'; maxPages?: number } = {},
): Promise<Stage> {
  const clock = { now: () => new Date(), monotonicMs: () => performance.now() };
  const newId = () => `id-${String((ids += 1)).padStart(6, '0')}`;
  const image = openImage({ folder, now: clock.now, newId, maxPages });
  const { facts } = loadConfig(CONFIG, image.store);
  image.journal.commit(facts);
  const entries: Entry[] = [];
  const deltas: TurnDelta[] = [];
  const waiting: { type: string; where: (fact: never) => boolean; resolve(entry: Entry): void }[] = [];
  image.journal.subscribe((entry) => {
    entries.push(entry);
    for (const one of waiting) if (one.type === entry.event.type && one.where(entry.event as never)) one.resolve(entry);
  });
  const life = bringToLife({
    image,
    settings: Settings.parse({ backend: { kind } }),
    backends: new Map(backends.map((backend) => [backend.kind, backend])),
    clock,
    bootId: newId(),
    newId,
    newSeed: () => 4,
    pace: PACE,
    logger: silent,
  });
  life.signals.listen((signal) => deltas.push(signal));
  await life.firstLook;
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await life.stop(1_000);
    image.close();
  };
  const tell = (message: Record<string, unknown>) =>
    ask<Answer, SocietyMessage>(life.society, (answering) => ({ ...message, ...answering }) as SocietyMessage, 2_000);
  return {
    life,
    image,
    entries,
    deltas,
    close,
    async create(task) {
      const answer = await tell({ type: 'create', task: NewTask.parse(task) });
      if (!answer.ok) throw new Error(answer.detail);
      return answer.task;
    },
    act: (act, taskId) => tell({ type: 'act', act, taskId }),
    until: (type, where = () => true) =>
      new Promise((resolve) => {
        const found = entries.find(({ event }) => event.type === type && where(event as never));
        if (found) return resolve(found);
        waiting.push({ type, where, resolve });
      }),
  };
}

/** Agreement grows with every stance, so that a dialogue converges after a few rounds. */
export function debate(extra: (request: ModelRequest) => Reply | undefined = () => undefined) {
  let stances = 0;
  return (request: ModelRequest): Reply => {
    const special = extra(request);
    if (special !== undefined) return special;
    const name = /You are (\w+)/.exec(request.messages[0]?.content ?? '')?.[1] ?? 'nobody';
    if (!request.schema) return `${name} says number ${request.messages.length} of the talk.`;
    stances += 1;
    const isFirst = !JSON.stringify(request.schema).includes('agreement');
    const first = { position: `${name} holds something`, newPoints: [] };
    return JSON.stringify(
      isFirst
        ? first
        : {
            ...first,
            contests: stances < 4 ? [{ claim: 'yours', why: 'no' }] : [],
            concedes: [],
            agreement: Math.min(2, stances - 3),
          },
    );
  };
}
