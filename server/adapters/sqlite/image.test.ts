import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ImageFault } from '#ports/journal.ts';
import type { Entry, Fact } from '#protocol/facts.ts';
import { applyFact, emptySociety } from '#protocol/fold.ts';
import { sampleTask, sampleTurn, sampleVerdict } from '../fake/samples.ts';
import { openImage, type Image } from './image.ts';

let folder: string;
let count = 0;
const open = (maxPages?: number): Image =>
  openImage({ folder, now: () => new Date('2026-01-01T00:00:00Z'), newId: () => `id-${(count += 1)}`, maxPages });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bat-image-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const created: Fact = { type: 'task.created', task: sampleTask({ id: 't1' }) };
const committed = (no: number): Fact => ({
  type: 'turn.committed',
  taskId: 't1',
  turn: sampleTurn({ no, text: `turn ${no}` }),
});

describe('the image', () => {
  test('numbers facts without gaps and announces them only when they are stored', () => {
    const { journal, close } = open();
    const heard: Entry[] = [];
    journal.subscribe((entry) => {
      expect(journal.since(entry.seq - 1, 1)).toEqual([entry]);
      heard.push(entry);
    });
    journal.commit([created, { type: 'task.started', taskId: 't1' }]);
    journal.commit([committed(0)]);
    expect(heard.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    close();
  });

  test('gives back after reopening what it was given before', () => {
    const first = open();
    first.journal.commit([
      created,
      { type: 'task.started', taskId: 't1' },
      committed(0),
      { type: 'verdict.reached', taskId: 't1', verdict: sampleVerdict({ afterTurn: 0 }) },
    ]);
    const { runId } = first.journal;
    const before = { task: first.store.task('t1'), society: structuredClone(first.journal.society) };
    first.close();
    const second = open();
    expect({ task: second.store.task('t1'), society: second.journal.society }).toEqual(before);
    expect(second.journal.runId).toBe(runId);
    expect(before.task).toMatchObject({
      status: 'running',
      turns: [{ no: 0, text: 'turn 0' }],
      verdicts: [{ afterTurn: 0 }],
    });
    second.close();
  });

  test('tells the same story in its tables as in the fold of its journal', () => {
    const { journal, store, close } = open();
    const failed: Fact = {
      type: 'attempt.failed',
      taskId: 't1',
      no: 1,
      attempt: 1,
      persona: 'ROBIN',
      reason: 'cut-off',
      detail: 'gone',
    };
    journal.commit([created, { type: 'task.started', taskId: 't1' }, committed(0), failed]);
    journal.commit([
      { type: 'task.paused', taskId: 't1', reason: 'cut-off', detail: 'gone', remedy: null, by: 'system' },
    ]);
    const fold = emptySociety();
    for (const entry of journal.since(0, 100)) applyFact(fold, entry);
    expect(fold).toEqual(journal.society);
    expect(store.task('t1')).toEqual(fold.tasks['t1']);
    close();
  });

  test('commits a turn once, and a refused commit leaves no trace', () => {
    const { journal, store, close } = open();
    journal.commit([created, committed(0)]);
    expect(() => journal.commit([{ type: 'task.started', taskId: 't1' }, committed(0)])).toThrow();
    expect(journal.seq).toBe(2);
    expect(journal.since(0, 100)).toHaveLength(2);
    expect(store.task('t1')?.status).toBe('waiting');
    journal.commit([committed(1)]);
    expect(journal.seq).toBe(3);
    close();
  });

  test('says "disk-full" when the disk is full, stores nothing of it, and goes on when there is room', () => {
    open().close();
    const { journal, close } = open(60);
    const large = (id: string): Fact => ({
      type: 'task.created',
      task: sampleTask({ id, prompt: 'x'.repeat(30_000) }),
    });
    const fill = () => {
      for (let n = 0; n < 20; n++) journal.commit([large(`large-${n}`)]);
    };
    expect(fill).toThrow(
      new ImageFault(
        'disk-full',
        'The disk is full: nothing was stored. Free some space; the society goes on by itself.',
      ),
    );
    expect(journal.fault?.code).toBe('disk-full');
    const { seq } = journal;
    close();
    const again = open();
    expect(again.journal.seq).toBe(seq);
    again.journal.commit([large('later')]);
    expect(again.store.task('later')?.prompt).toHaveLength(30_000);
    again.close();
  });

  test('is opened by one server at a time, and freed by its end', () => {
    const first = open();
    expect(() => open()).toThrow(/Another BAT OS server is using the data folder/);
    first.close();
    open().close();
  });

  test('says so when its folder cannot be written', () => {
    const file = join(folder, 'a file');
    writeFileSync(file, '');
    expect(() => openImage({ folder: join(file, 'image'), now: () => new Date(), newId: () => 'id' })).toThrow(
      /cannot be written \(ENOTDIR\)/,
    );
  });

  test('finds tasks by status and by words in prompt or turns, newest first, page by page', () => {
    const { journal, store, close } = open();
    for (const id of ['a1', 'a2', 'a3'])
      journal.commit([{ type: 'task.created', task: sampleTask({ id, prompt: `about ${id} 100%` }) }]);
    journal.commit([
      { type: 'turn.committed', taskId: 'a2', turn: sampleTurn({ no: 0, text: 'The river does not rest.' }) },
    ]);
    const page = store.tasks({ limit: 2 });
    expect(page.items.map(({ id }) => id)).toEqual(['a3', 'a2']);
    expect(store.tasks({ limit: 2, cursor: page.nextCursor ?? '' }).items.map(({ id }) => id)).toEqual(['a1']);
    expect(store.tasks({ limit: 9, q: 'river' }).items.map(({ id }) => id)).toEqual(['a2']);
    expect(store.tasks({ limit: 9, q: '100%' }).items).toHaveLength(3);
    expect(store.tasks({ limit: 9, q: '1%' }).items).toEqual([]);
    expect(store.tasks({ limit: 9, status: 'done' }).items).toEqual([]);
    close();
  });

  test('remembers the first answer to a request for 24 hours', () => {
    const { journal, store, close } = open();
    journal.commit([created], {
      key: 'k',
      bodySha256: 'h',
      answer: { status: 201, location: '/api/tasks/t1', body: '{}' },
    });
    expect(store.answerFor('k')).toEqual({
      bodySha256: 'h',
      answer: { status: 201, location: '/api/tasks/t1', body: '{}' },
    });
    expect(store.answerFor('other')).toBeUndefined();
    close();
  });
});
