/**
 * The child process that holds one model: takes orders from its parent, one speech at a time, and dies with it.
 * Knows nothing of files, names of models or other residencies.
 */
import { openMind, type Mind } from './mind.ts';
import { Order, type Report, type SpeakRequest } from './wire.ts';

const waiting = new Map<number, AbortController>();
let mind: Mind | null = null;
let last: Promise<void> = Promise.resolve();

const report = (message: Report): void => void process.send?.(message);

async function speak(id: number, request: SpeakRequest, signal: AbortSignal): Promise<void> {
  if (!mind) return report({ type: 'failed', id, failure: { kind: 'cut-off', detail: 'No model is loaded yet.' } });
  for await (const event of mind.speak(request, signal)) report({ ...event, id });
  waiting.delete(id);
}

async function load(order: Extract<Order, { type: 'load' }>): Promise<void> {
  const opened = await openMind(order);
  if (!opened.ok) return report({ type: 'not-loaded', failure: opened.failure });
  mind = opened.mind;
  report({ type: 'loaded', vramBytes: mind.vramBytes });
}

process.on('message', (message) => {
  const order = Order.parse(message);
  switch (order.type) {
    case 'load':
      return void load(order);
    case 'speak': {
      const controller = new AbortController();
      waiting.set(order.id, controller);
      last = last.then(() => speak(order.id, order.request, controller.signal));
      return;
    }
    case 'cancel':
      return waiting.get(order.id)?.abort();
    default:
      order satisfies never;
  }
});
// Ctrl-C reaches the whole process group; it is the parent who decides when this ends.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
// Memory must go at once, and native threads may still be at work: no orderly shutdown.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
report({ type: 'ready' });
