/** One sender, any number of listeners, nothing kept. */
export type Channel<Value> = { send(value: Value): void; listen(listener: (value: Value) => void): () => void };

export function channel<Value>(): Channel<Value> {
  const listeners = new Set<(value: Value) => void>();
  return {
    send(value) {
      for (const listener of listeners) listener(value);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
