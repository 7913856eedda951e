/**
 * One residency seen from the server: a child process that holds one model. Its exit is what proves that the memory is free.
 * Knows nothing of which model is wanted, or why.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Failure } from '#domain/failure.ts';
import type { ModelEvent, Outcome } from '#ports/model-backend.ts';
import { Report, type Order, type SpeakRequest } from './wire.ts';

export type Logger = { info(message: string): void; warn(message: string): void };

export type MindProcess = {
  /** Settles when the model is loaded, or cannot be. Ends with a failure when the process dies before. */
  readonly loaded: Promise<Outcome<null>>;
  readonly pid: number | null;
  readonly state: 'loading' | 'loaded' | 'gone';
  /** Video memory in bytes, 0 without a card; null until it is loaded. */
  readonly vramBytes: number | null;
  speak(request: SpeakRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
  /** Asks the process to go, ends it by force after a short grace, and resolves when it has exited: what it held is free then. */
  end(): Promise<void>;
};

type Speech = { report(event: ModelEvent): void };

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));
const GRACE_MS = 300;
const CANCELLED: Failure = { kind: 'cancelled', detail: 'The speech was stopped.' };
const GONE: Failure = { kind: 'cut-off', detail: 'The process that held the model is gone.' };

export function startMind(load: Omit<Extract<Order, { type: 'load' }>, 'type'>, logger?: Logger): MindProcess {
  const child = fork(WORKER, [], {
    execPath: process.execPath,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const speeches = new Map<number, Speech>();
  const { promise: loaded, resolve: settleLoad } = Promise.withResolvers<Outcome<null>>();
  const { promise: exited, resolve: settleExit } = Promise.withResolvers<void>();
  let state: MindProcess['state'] = 'loading';
  let vramBytes: number | null = null;
  let isEnding = false;
  let lastSpeech = 0;

  child.stderr?.setEncoding('utf8').on('data', (text: string) => logger?.warn(text.trim()));
  child.on('message', (message) => hear(Report.parse(message)));
  child.on('error', (error) => buried(error.message));
  child.on('exit', (code, signalName) =>
    buried(signalName ? `it died of ${signalName}` : `it exited with code ${code}`),
  );

  function hear(report: Report): void {
    switch (report.type) {
      case 'ready':
        return order({ type: 'load', ...load });
      case 'loaded':
        state = 'loaded';
        vramBytes = report.vramBytes;
        return settleLoad({ ok: true, value: null });
      case 'not-loaded':
        return settleLoad({ ok: false, failure: report.failure });
      default: {
        const { id, ...event } = report;
        speeches.get(id)?.report(event);
      }
    }
  }

  function buried(how: string): void {
    if (state === 'gone') return;
    state = 'gone';
    const detail = isEnding ? 'The model was unloaded.' : `The process that held the model is gone: ${how}.`;
    if (!isEnding) logger?.warn(detail);
    const failure: Failure = { kind: 'cut-off', detail };
    settleLoad({ ok: false, failure });
    for (const speech of speeches.values()) speech.report({ type: 'failed', failure });
    settleExit();
  }

  function order(message: Order): void {
    if (child.connected) child.send(message, () => undefined);
  }

  function speak(request: SpeakRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    const id = (lastSpeech += 1);
    let forget = (): void => {};
    return new ReadableStream<ModelEvent>({
      start(controller) {
        const report = (event: ModelEvent): void => {
          controller.enqueue(event);
          if (event.type === 'delta') return;
          forget();
          controller.close();
        };
        // the child looks up between chunks; whoever listens need not wait for it
        const stop = (): void => {
          order({ type: 'cancel', id });
          report({ type: 'failed', failure: CANCELLED });
        };
        forget = () => {
          speeches.delete(id);
          signal.removeEventListener('abort', stop);
        };
        if (signal.aborted) return report({ type: 'failed', failure: CANCELLED });
        if (state === 'gone') return report({ type: 'failed', failure: GONE });
        speeches.set(id, { report });
        signal.addEventListener('abort', stop, { once: true });
        order({ type: 'speak', id, request });
      },
      cancel() {
        forget();
        order({ type: 'cancel', id });
      },
    });
  }

  async function end(): Promise<void> {
    isEnding = true;
    if (state === 'gone') return;
    if (child.connected) child.disconnect();
    const force = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    await exited;
    clearTimeout(force);
  }

  return {
    loaded,
    pid: child.pid ?? null,
    speak,
    end,
    get state() {
      return state;
    },
    get vramBytes() {
      return vramBytes;
    },
  };
}
