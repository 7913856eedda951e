import { describe, expect, test } from 'vitest';
import type { ActorSpec, Context } from './actor.ts';
import { actorSystem, type DeadLetter } from './actor-system.ts';
import { ask } from './ask.ts';

type Message =
  | { type: 'say'; word: string }
  | { type: 'break' }
  | { type: 'words'; reply: (words: string[]) => void; failed: (error: unknown) => void };

function stage() {
  const crashed: string[] = [];
  const gaveUp: string[] = [];
  const letters: DeadLetter[] = [];
  let now = 0;
  const system = actorSystem(
    {
      crashed: (actor) => crashed.push(actor),
      gaveUp: (_, reason) => gaveUp.push(reason),
      deadLetter: (letter) => letters.push(letter),
    },
    { monotonicMs: () => now },
  );
  return { system, crashed, gaveUp, letters, pass: (ms: number) => (now += ms) };
}

function listener(extra: Partial<ActorSpec<string[], Message>> = {}): ActorSpec<string[], Message> {
  return {
    name: 'listener',
    restart: { times: 2, withinMs: 1_000 },
    init: () => [],
    receive(words, message) {
      if (message.type === 'break') throw new Error('broken');
      if (message.type === 'say') return [...words, message.word];
      message.reply(words);
      return words;
    },
    ...extra,
  };
}

const words = (ref: Parameters<typeof ask<string[], Message>>[0]) =>
  ask<string[], Message>(ref, (answering) => ({ type: 'words', ...answering }), 1_000);

describe('an actor', () => {
  test('handles its messages one after another, in order', async () => {
    const { system } = stage();
    const ref = system.spawn(listener());
    for (const word of ['a', 'b', 'c']) ref.tell({ type: 'say', word });
    expect(await words(ref)).toEqual(['a', 'b', 'c']);
  });

  test('begins again after a crash with its mailbox kept and the fatal message dropped', async () => {
    const { system, crashed } = stage();
    const ref = system.spawn(listener());
    ref.tell({ type: 'say', word: 'before' });
    ref.tell({ type: 'break' });
    ref.tell({ type: 'say', word: 'after' });
    expect(await words(ref)).toEqual(['after']);
    expect(crashed).toEqual(['listener']);
    expect(system.figures()).toMatchObject([{ path: 'listener', state: 'running', restarts: 1, lastFault: 'broken' }]);
  });

  test('gives up with a reason when its budget is spent, and its mail becomes dead letters', async () => {
    const { system, gaveUp, letters } = stage();
    const ref = system.spawn(listener());
    for (let n = 0; n < 3; n++) ref.tell({ type: 'break' });
    ref.tell({ type: 'say', word: 'too late' });
    await new Promise(setImmediate);
    expect(gaveUp).toEqual(['listener failed and it was restarted 2 times within 1 s: broken']);
    expect(letters).toEqual([{ to: 'listener', message: { type: 'say', word: 'too late' }, reason: 'gave-up' }]);
    expect(system.figures()[0]?.state).toBe('gave-up');
  });

  test('has its budget back when the crashes lie far enough apart', async () => {
    const { system, gaveUp, pass } = stage();
    const ref = system.spawn(listener());
    for (let n = 0; n < 6; n++) {
      ref.tell({ type: 'break' });
      await words(ref);
      pass(2_000);
    }
    expect(gaveUp).toEqual([]);
  });

  test('refuses what its mailbox cannot hold', () => {
    const { system, letters } = stage();
    const ref = system.spawn(listener({ mailbox: 2 }));
    for (const word of ['a', 'b', 'c']) ref.tell({ type: 'say', word });
    expect(letters.map(({ message, reason }) => ({ message, reason }))).toEqual([
      { message: { type: 'say', word: 'c' }, reason: 'mailbox-full' },
    ]);
  });

  test('still hears messages while its slow work goes on, and gets the outcome as one', async () => {
    const { system } = stage();
    let finish = (_: string) => {};
    const slow = new Promise<string>((resolve) => (finish = resolve));
    const ref = system.spawn(
      listener({
        init(context: Context<Message>) {
          context.run(
            () => slow,
            (outcome) => ({ type: 'say', word: outcome.ok ? outcome.value : 'failed' }),
          );
          return [];
        },
      }),
    );
    ref.tell({ type: 'say', word: 'meanwhile' });
    expect(await words(ref)).toEqual(['meanwhile']);
    finish('done');
    await slow;
    await new Promise(setImmediate);
    expect(await words(ref)).toEqual(['meanwhile', 'done']);
  });

  test('aborts what an incarnation started when it crashes, and never hears of it again', async () => {
    const { system } = stage();
    const signals: AbortSignal[] = [];
    const ref = system.spawn(
      listener({
        init(context: Context<Message>) {
          context.run(
            (signal) => {
              signals.push(signal);
              return new Promise((resolve) => signal.addEventListener('abort', () => resolve('late')));
            },
            () => ({ type: 'say', word: 'from the former life' }),
          );
          return [];
        },
      }),
    );
    await words(ref);
    ref.tell({ type: 'break' });
    expect(await words(ref)).toEqual([]);
    expect(signals.map((signal) => signal.aborted)).toEqual([true, false]);
  });

  test('takes its children with it, newest first, and tells its parent when a child gives up', async () => {
    const { system } = stage();
    const stopped: string[] = [];
    const child = (name: string) =>
      listener({
        name,
        restart: { times: 0, withinMs: 1_000 },
        init(context: Context<Message>) {
          context.run(
            (signal) => new Promise(() => signal.addEventListener('abort', () => stopped.push(name))),
            () => ({ type: 'break' }),
          );
          return [];
        },
      });
    let fragile = { tell: (_: Message) => {} };
    const parent = system.spawn(
      listener({
        childGaveUp: (name) => ({ type: 'say', word: `${name} gave up` }),
        init(context: Context<Message>) {
          context.spawn(child('first'));
          fragile = context.spawn(child('second'));
          return [];
        },
      }),
    );
    await words(parent);
    fragile.tell({ type: 'break' });
    await new Promise(setImmediate);
    expect(await words(parent)).toEqual(['second gave up']);
    expect(stopped).toEqual(['second']);
    await system.stop(50);
    expect(stopped).toEqual(['second', 'first']);
  });

  test('that cannot even begin gives up instead of trying for ever', () => {
    const { system, gaveUp } = stage();
    system.spawn(
      listener({
        init() {
          throw new Error('no beginning');
        },
      }),
    );
    expect(gaveUp).toEqual(['listener failed and it was restarted 2 times within 1 s: no beginning']);
  });
});
