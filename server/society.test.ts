import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { scriptedBackend } from './adapters/fake/scripted-backend.ts';
import { debate, societyIn, type Stage } from './society-stage.ts';

let folder: string;
const opened: (() => Promise<void>)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bat-society-'));
});
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

type Backends = Parameters<typeof societyIn>[1];

async function stage(backends: Backends, options?: Parameters<typeof societyIn>[2]): Promise<Stage> {
  const staged = await societyIn(folder, backends, options);
  opened.push(staged.close);
  return staged;
}

describe('a contrapunto', () => {
  test('goes from two blind answers to a verdict and the synthesis, each turn on the model of its persona, one model at a time', async () => {
    const ollama = scriptedBackend({ reply: debate() });
    const { create, until, image, deltas, entries } = await stage([ollama]);
    const { id } = await create({ prompt: 'Rest today, or finish the report?' });
    await until('task.finished');
    const task = image.store.task(id);
    expect(task).toMatchObject({ status: 'done', outcome: 'converged', backend: 'ollama', dissent: [] });
    expect(task?.turns.map(({ no, persona, kind, model }) => ({ no, persona, kind, model }))).toEqual([
      { no: 0, persona: 'BRICK', kind: 'blind', model: 'phi3' },
      { no: 1, persona: 'ROBIN', kind: 'blind', model: 'llama3.1' },
      { no: 2, persona: 'BRICK', kind: 'reply', model: 'phi3' },
      { no: 3, persona: 'ROBIN', kind: 'reply', model: 'llama3.1' },
      { no: 4, persona: 'BRICK', kind: 'reply', model: 'phi3' },
      { no: 5, persona: 'ROBIN', kind: 'reply', model: 'llama3.1' },
      { no: 6, persona: 'ALFRED', kind: 'synthesis', model: 'gemma2:9b' },
    ]);
    expect(task?.synthesis).toBe(task?.turns.at(-1)?.text);
    expect(task?.verdicts.at(-1)).toMatchObject({
      afterTurn: 5,
      decision: 'converged',
      clause: 'It has converged when dissonance is low',
    });
    expect(ollama.loads).toEqual(['phi3', 'llama3.1', 'phi3', 'llama3.1', 'phi3', 'llama3.1', 'gemma2:9b']);
    expect(ollama.unloads).toEqual(ollama.loads.slice(0, -1));
    for (const turn of task?.turns ?? [])
      expect(
        deltas
          .filter(({ no }) => no === turn.no)
          .map(({ text }) => text)
          .join(''),
      ).toBe(turn.text);
    const told = entries.map(({ event }) => event).filter((event) => 'no' in event || event.type === 'turn.committed');
    expect(told.slice(0, 3).map(({ type }) => type)).toEqual(['turn.intended', 'turn.started', 'turn.committed']);
  });

  test('keeps the blind answers blind, and shows each voice the talk from its own side', async () => {
    const ollama = scriptedBackend({ reply: debate() });
    const { create, until } = await stage([ollama]);
    await create({ prompt: 'Rest?' });
    await until('task.finished');
    const spoken = ollama.requests.filter(({ schema }) => !schema);
    for (const blind of spoken.slice(0, 2)) expect(blind.messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(JSON.stringify(spoken[1]?.messages)).not.toContain('BRICK says');
    expect(spoken[3]?.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
    expect(spoken[3]?.messages[2]?.content).toBe('ROBIN says number 2 of the talk.');
    expect(spoken[3]?.messages[3]?.content).toContain(
      'BRICK said:\n> BRICK says number 2 of the talk.\n>\n> BRICK says number 4 of the talk.',
    );
    for (const [index, request] of spoken.slice(2, -1).entries()) {
      const before = spoken[index]?.messages ?? [];
      expect(request.messages.slice(0, before.length)).toEqual(before);
    }
  });

  test('stops at the limit that the Architect sets, with ALFRED closing it', async () => {
    const { create, until, image } = await stage([
      scriptedBackend({
        reply: debate((request) =>
          request.schema ? '{"position":"p","newPoints":[],"contests":[],"concedes":[],"agreement":-2}' : undefined,
        ),
      }),
    ]);
    const { id } = await create({ prompt: 'Rest?', maxTurns: 3 });
    await until('task.finished');
    expect(image.store.task(id)).toMatchObject({
      outcome: 'capped',
      verdicts: [{}, {}, { decision: 'capped', clause: "The Architect's limit: 3 turns" }],
      turns: { length: 4 },
    });
  });

  test('takes an unreadable stance for "not stated" after one repair, and goes on', async () => {
    const ollama = scriptedBackend({
      reply: debate((request) => (request.schema ? 'I would rather not say.' : undefined)),
    });
    const { create, until, image } = await stage([ollama]);
    const { id } = await create({ prompt: 'Rest?', maxTurns: 2 });
    await until('task.finished');
    expect(image.store.task(id)?.turns.map(({ stance, dissonance }) => [stance, dissonance])).toEqual([
      [null, null],
      [null, null],
      [null, null],
    ]);
    expect(ollama.requests.filter(({ schema }) => schema)).toHaveLength(4);
    expect(image.store.task(id)?.performance?.stanceFailures).toBe(2);
  });

  test('never lets a voice write the lines of another, and ends a loop', async () => {
    const words = {
      BRICK: 'Nine exist.\nROBIN: I give in!',
      ROBIN: 'the river does not rest by stopping it '.repeat(40),
    } as Record<string, string>;
    const reply = debate((request) =>
      request.schema ? undefined : words[/You are (\w+)/.exec(request.messages[0]?.content ?? '')?.[1] ?? ''],
    );
    const { create, until, image } = await stage([scriptedBackend({ reply })]);
    const { id } = await create({ prompt: 'Rest?', maxTurns: 2 });
    await until('task.finished');
    expect(
      image.store
        .task(id)
        ?.turns.slice(0, 2)
        .map(({ text, finish }) => ({ text: text.slice(0, 11), finish })),
    ).toEqual([
      { text: 'Nine exist.', finish: 'stop' },
      { text: 'the river d', finish: 'loop' },
    ]);
  });

  test('between other personas, and a talk with one, are as good', async () => {
    const { create, until, image } = await stage([scriptedBackend({ reply: debate() })]);
    const talk = await create({ prompt: 'Where is the river?', kind: 'talk', persona: 'BABS' });
    await until('task.finished', (fact: { taskId: string }) => fact.taskId === talk.id);
    expect(image.store.task(talk.id)).toMatchObject({
      outcome: 'answered',
      personas: ['BABS'],
      turns: [{ persona: 'BABS', kind: 'answer', text: 'BABS says number 2 of the talk.' }],
    });
    const pair = await create({ prompt: 'Rest?', personas: ['BABS', 'ALFRED'], maxTurns: 2 });
    await until('task.finished', (fact: { taskId: string }) => fact.taskId === pair.id);
    expect(image.store.task(pair.id)?.turns.map(({ persona }) => persona)).toEqual(['BABS', 'ALFRED', 'ALFRED']);
  });
});

describe('what is asked wrongly', () => {
  test('is refused with the names that are known', async () => {
    const { create, image } = await stage([scriptedBackend({ reply: debate() })]);
    await expect(create({ prompt: 'x', personas: ['BRICK', 'JOKER'] })).rejects.toThrow(
      'There is no persona "JOKER". The society has: ALFRED, BABS, BRICK, ROBIN.',
    );
    await expect(create({ prompt: 'x', policy: 'Haste' })).rejects.toThrow(
      'There is no policy "Haste". There are: Default Patience, Philosophical Inquiry, Tactical Execution.',
    );
    expect(image.store.tasks({ limit: 10 }).items).toEqual([]);
  });

  test('is a wrong state when a task is over, or was not paused', async () => {
    const { create, act, until } = await stage([scriptedBackend({ reply: debate() })]);
    const { id } = await create({ prompt: 'x', kind: 'talk', persona: 'BABS' });
    await until('task.finished');
    expect(await act('cancel', id)).toMatchObject({
      ok: false,
      code: 'wrong-state',
      detail: 'This task is done already.',
    });
    expect(await act('resume', 'nobody')).toMatchObject({ ok: false, code: 'unknown-task' });
  });
});

describe('when something fails', () => {
  test('a turn is tried again, and what was said in vain is not part of the dialogue', async () => {
    const ollama = scriptedBackend({ reply: debate() });
    ollama.failNext('stream', { kind: 'cut-off', detail: 'The stream broke.' });
    const { create, until, image } = await stage([ollama]);
    const { id } = await create({ prompt: 'Rest?', maxTurns: 2 });
    await until('task.finished');
    const task = image.store.task(id);
    expect(task?.attempts).toMatchObject([
      { no: 0, attempt: 1, persona: 'BRICK', reason: 'cut-off', detail: 'The stream broke.' },
    ]);
    expect(task?.turns).toHaveLength(3);
  });

  test('a task whose server is gone is paused after three tries and goes on by itself when it is back', async () => {
    const ollama = scriptedBackend({ reply: debate() });
    const { create, until, image, entries } = await stage([ollama], { kind: 'ollama' });
    const isGone = until('turn.committed', (fact: { turn: { no: number } }) => fact.turn.no === 1).then(() =>
      ollama.vanish(),
    );
    const { id } = await create({ prompt: 'Rest?' });
    await isGone;
    const paused = await until('task.paused');
    expect(paused.event).toMatchObject({ reason: 'backend-unreachable', by: 'system' });
    const spokenBefore = image.store.task(id)?.turns;
    await until('backend.lost');
    ollama.comeBack();
    await until('task.finished');
    const task = image.store.task(id);
    expect(task?.status).toBe('done');
    expect(task?.turns.slice(0, spokenBefore?.length)).toEqual(spokenBefore);
    expect(entries.map(({ event }) => event.type)).toEqual(
      expect.arrayContaining(['backend.lost', 'backend.found', 'task.resumed']),
    );
  });

  test('a task whose model is missing waits at once, with the command to pull it', async () => {
    const ollama = scriptedBackend({ reply: debate(), models: ['gemma2:9b', 'mistral', 'phi3'] });
    const { create, until, image } = await stage([ollama], { kind: 'ollama' });
    const { id } = await create({ prompt: 'Rest?' });
    await until('task.paused');
    expect(image.store.task(id)).toMatchObject({
      status: 'paused',
      reason: 'model-missing',
      remedy: 'ollama pull llama3.1',
      turns: [{ persona: 'BRICK' }],
      attempts: [{ persona: 'ROBIN', attempt: 1 }],
    });
  });

  test('a full disk stops the society without losing a word, and room lets it go on', async () => {
    const ollama = scriptedBackend({ reply: debate() });
    const { create, until, image } = await stage([ollama], { maxPages: 58 });
    const { id } = await create({ prompt: 'Rest?', maxTurns: 2 });
    const full = create({ prompt: 'x'.repeat(30_000) })
      .then(() => create({ prompt: 'y'.repeat(30_000) }))
      .then(() => create({ prompt: 'z'.repeat(30_000) }));
    await expect(full).rejects.toMatchObject({ code: 'disk-full' });
    expect(['waiting', 'running']).toContain(image.store.task(id)?.status);
    expect(image.journal.fault?.code).toBe('disk-full');
    image.allowPages(100_000);
    await until('task.finished', (fact: { taskId: string }) => fact.taskId === id);
    expect(image.store.task(id)?.turns.map(({ no }) => no)).toEqual([0, 1, 2]);
    expect(image.journal.fault).toBeNull();
  });
});

describe('the Architect', () => {
  /** Speaks until the test lets it end. */
  function endless() {
    const { promise, resolve } = Promise.withResolvers<void>();
    const heard = Promise.withResolvers<void>();
    async function* words() {
      yield 'I begin';
      heard.resolve();
      await promise;
      yield ' and end.';
    }
    return { words, end: resolve, hasBegun: heard.promise };
  }

  test('stops a dialogue in the middle of a word, and the next one has the lane at once', async () => {
    const speech = endless();
    let isFirst = true;
    const ollama = scriptedBackend({
      reply: debate((request) => (request.schema || !isFirst ? undefined : ((isFirst = false), speech.words()))),
    });
    const { create, act, until, image, life } = await stage([ollama]);
    const { id } = await create({ prompt: 'Rest?' });
    await speech.hasBegun;
    expect(life.board.snapshot().personas.find(({ name }) => name === 'BRICK')).toMatchObject({ taskId: id });
    expect(await act('cancel', id)).toMatchObject({ ok: true, task: { status: 'cancelled', turns: [] } });
    const next = await create({ prompt: 'x', kind: 'talk', persona: 'BRICK' });
    await until('task.finished', (fact: { taskId: string }) => fact.taskId === next.id);
    expect(image.store.task(id)?.turns).toEqual([]);
  });

  test('pauses and resumes; the turn that was cut is said again from the same seed', async () => {
    const speech = endless();
    let isFirst = true;
    const ollama = scriptedBackend({
      reply: debate((request) => (request.schema || !isFirst ? undefined : ((isFirst = false), speech.words()))),
    });
    const { create, act, until, image } = await stage([ollama]);
    const { id } = await create({ prompt: 'Rest?', maxTurns: 2 });
    await speech.hasBegun;
    expect(await act('pause', id)).toMatchObject({ ok: true, task: { status: 'paused', reason: 'architect' } });
    expect(await act('resume', id)).toMatchObject({ ok: true });
    await until('task.finished');
    expect(image.store.task(id)?.turns).toHaveLength(3);
    const [first, again] = ollama.requests.filter(({ schema }) => !schema);
    expect({ seed: again?.seed, messages: again?.messages }).toEqual({ seed: first?.seed, messages: first?.messages });
  });
});

test('a society that is ended in the middle of a dialogue goes on with it when it is brought to life again', async () => {
  const first = scriptedBackend({ reply: debate() });
  const before = await stage([first]);
  const { id } = await before.create({ prompt: 'Rest?' });
  await before.until('turn.committed', (fact: { turn: { no: number } }) => fact.turn.no === 2);
  await before.close();
  const after = await stage([scriptedBackend({ reply: debate() })]);
  await after.until('task.finished');
  const task = after.image.store.task(id);
  expect(task?.status).toBe('done');
  expect(task?.turns.map(({ no }) => no)).toEqual(task?.turns.map((_, index) => index));
});

test('a model that is not there lets a stand-in speak, and the persona says so', async () => {
  const ollama = scriptedBackend({
    reply: debate(),
    models: [
      { name: 'phi3', parametersB: 3.8 },
      { name: 'llama3.1', parametersB: 8 },
      { name: 'gemma2:9b', parametersB: 9 },
    ],
  });
  const { create, until, image, life } = await stage([ollama]);
  expect(life.board.snapshot().personas.find(({ name }) => name === 'BABS')).toMatchObject({
    model: 'llama3.1',
    wanted: 'mistral',
    note: 'mistral is not on the model server; llama3.1 speaks for it until "ollama pull mistral" is done.',
  });
  const { id } = await create({ prompt: 'x', kind: 'talk', persona: 'BABS' });
  await until('task.finished');
  expect(image.store.task(id)?.turns[0]).toMatchObject({ persona: 'BABS', model: 'llama3.1' });
});

test('an Ollama that starts later is noticed and used from the next task on; a task that runs keeps its mind', async () => {
  const speech = Promise.withResolvers<void>();
  const hasBegun = Promise.withResolvers<void>();
  async function* slowly() {
    yield 'I begin';
    hasBegun.resolve();
    await speech.promise;
    yield ' and end.';
  }
  const embedded = scriptedBackend({ kind: 'embedded', models: ['tiny.gguf'], reply: () => slowly() });
  const ollama = scriptedBackend({ reply: debate() });
  ollama.vanish();
  const { create, until, image, life } = await stage([ollama, embedded]);
  const first = await create({ prompt: 'x', kind: 'talk', persona: 'BABS' });
  await hasBegun.promise;
  const isNoticed = new Promise<void>((resolve) => {
    life.board.onChange(() => life.board.snapshot().personas.every(({ backend }) => backend === 'ollama') && resolve());
  });
  ollama.comeBack();
  await isNoticed;
  speech.resolve();
  await until('task.finished', (fact: { taskId: string }) => fact.taskId === first.id);
  const second = await create({ prompt: 'x', kind: 'talk', persona: 'BABS' });
  await until('task.finished', (fact: { taskId: string }) => fact.taskId === second.id);
  expect([first, second].map(({ id }) => image.store.task(id)?.turns[0]?.model)).toEqual(['tiny.gguf', 'mistral']);
});

test('a task that was asked for before any mind was there takes the one that comes', async () => {
  const embedded = scriptedBackend({ kind: 'embedded', models: [], reply: debate() });
  const ollama = scriptedBackend({ reply: debate() });
  ollama.vanish();
  const { create, until, image } = await stage([ollama, embedded]);
  const { id } = await create({ prompt: 'x', kind: 'talk', persona: 'BABS' });
  await until('task.paused');
  ollama.comeBack();
  await until('task.finished');
  expect(image.store.task(id)).toMatchObject({ backend: 'ollama', turns: [{ model: 'mistral' }] });
});
