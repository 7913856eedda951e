/**
 * Runs actors: one message at a time each, supervised by their parents. Knows nothing of what they do.
 * A crash aborts what the incarnation started, stops its children in reverse order, and begins again with the mailbox kept.
 */
import type { ActorSpec, Context, Ref } from './actor.ts';
import { mailbox, type Mailbox } from './mailbox.ts';

export type ActorFigure = {
  path: string;
  parent: string | null;
  state: 'running' | 'gave-up';
  mailbox: number;
  restarts: number;
  lastFault: string | null;
};
export type DeadLetter = { to: string; message: unknown; reason: 'mailbox-full' | 'stopped' | 'gave-up' };

export type SystemEvents = {
  crashed(actor: string, error: unknown): void;
  gaveUp(actor: string, reason: string): void;
  deadLetter?(letter: DeadLetter): void;
};

type Clock = { monotonicMs(): number };

export type ActorSystem = {
  spawn<State, Message>(spec: ActorSpec<State, Message>): Ref<Message>;
  /** Every actor alive or given up, parents before children. */
  figures(): ActorFigure[];
  /** Stops all actors, newest first, and resolves when the work they started has ended or `graceMs` has passed. */
  stop(graceMs: number): Promise<void>;
};

const MESSAGES_PER_TASK = 32;

type Cell = { figure(): ActorFigure; stop(): void; children: Map<string, Cell> };

export function actorSystem(events: SystemEvents, clock: Clock): ActorSystem {
  const roots = new Map<string, Cell>();
  const working = new Set<Promise<unknown>>();

  function start<State, Message>(
    spec: ActorSpec<State, Message>,
    parent: string | null,
    family: Map<string, Cell>,
    told: (child: string, reason: string) => void,
  ): Ref<Message> {
    const path = parent ? `${parent}/${spec.name}` : spec.name;
    if (family.has(spec.name)) throw new Error(`an actor ${path} is there already`);
    const children = new Map<string, Cell>();
    const crashes: number[] = [];
    let life = new AbortController();
    let state: State | undefined;
    let isStopped = false;
    let hasGivenUp = false;
    let restarts = 0;
    let lastFault: string | null = null;

    const inbox: Mailbox<Message> = mailbox({
      limit: spec.mailbox ?? 1_000,
      batch: MESSAGES_PER_TASK,
      receive(message) {
        try {
          state = spec.receive(state as State, message, context);
        } catch (error) {
          crash(error);
        }
      },
      refused: (message, reason) => events.deadLetter?.({ to: path, message, reason }),
    });

    const self: Ref<Message> = { path, tell: (message) => inbox.put(message) };
    const context: Context<Message> = {
      self,
      spawn: (child) =>
        start(child, path, children, (name, reason) => spec.childGaveUp && self.tell(spec.childGaveUp(name, reason))),
      stop(child) {
        const name = child.path.slice(path.length + 1);
        children.get(name)?.stop();
        children.delete(name);
      },
      run(work, toMessage) {
        const own = new AbortController();
        const incarnation = life;
        const signal = AbortSignal.any([own.signal, incarnation.signal]);
        const deliver = (outcome: Parameters<typeof toMessage>[0]) => {
          if (!signal.aborted) self.tell(toMessage(outcome));
        };
        const done = Promise.resolve()
          .then(() => work(signal))
          .then(
            (value) => deliver({ ok: true, value }),
            (error: unknown) => deliver({ ok: false, error }),
          )
          .finally(() => working.delete(done));
        working.add(done);
        return () => own.abort();
      },
      after(ms, message) {
        const incarnation = life.signal;
        const timer = setTimeout(() => !incarnation.aborted && self.tell(message), ms);
        const cancel = () => clearTimeout(timer);
        incarnation.addEventListener('abort', cancel, { once: true });
        return cancel;
      },
    };

    function endIncarnation(): void {
      life.abort();
      for (const child of [...children.values()].reverse()) child.stop();
      children.clear();
    }

    function begin(): void {
      life = new AbortController();
      try {
        state = spec.init(context);
      } catch (error) {
        crash(error);
      }
    }

    function crash(error: unknown): void {
      if (isStopped || hasGivenUp) return;
      lastFault = error instanceof Error ? error.message : String(error);
      events.crashed(path, error);
      endIncarnation();
      const now = clock.monotonicMs();
      crashes.push(now);
      const { times, withinMs } = spec.restart ?? { times: 0, withinMs: 1 };
      const recent = crashes.filter((at) => now - at <= withinMs);
      if (recent.length > times) return giveUp(times, withinMs);
      restarts += 1;
      begin();
    }

    function giveUp(times: number, withinMs: number): void {
      hasGivenUp = true;
      inbox.close('gave-up');
      const budget =
        times === 0 ? 'it is never restarted' : `it was restarted ${times} times within ${withinMs / 1000} s`;
      const reason = `${spec.name} failed and ${budget}: ${lastFault}`;
      events.gaveUp(path, reason);
      told(spec.name, reason);
    }

    function stop(): void {
      if (isStopped) return;
      isStopped = true;
      inbox.close('stopped');
      endIncarnation();
    }

    family.set(spec.name, {
      children,
      stop,
      figure: () => ({
        path,
        parent,
        state: hasGivenUp ? 'gave-up' : 'running',
        mailbox: inbox.length,
        restarts,
        lastFault,
      }),
    });
    begin();
    return self;
  }

  const figuresOf = (family: Map<string, Cell>): ActorFigure[] =>
    [...family.values()].flatMap((cell) => [cell.figure(), ...figuresOf(cell.children)]);

  return {
    spawn: (spec) => start(spec, null, roots, () => {}),
    figures: () => figuresOf(roots),
    async stop(graceMs) {
      for (const cell of [...roots.values()].reverse()) cell.stop();
      roots.clear();
      let timer: NodeJS.Timeout | undefined;
      const grace = new Promise((resolve) => (timer = setTimeout(resolve, graceMs)));
      await Promise.race([Promise.allSettled(working), grace]);
      clearTimeout(timer);
    },
  };
}
