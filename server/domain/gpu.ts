/** Decides which waiting job a lane serves next. Knows nothing of backends, processes or time. */

/** Jobs stand in the order of their arrival. */
export type WaitingJob = { id: string; model: string };

/** First come, first served: one lane, one model at a time, nobody overtaken. Null when nobody waits. */
export function pickNext<Job extends WaitingJob>(waiting: readonly Job[]): Job | null {
  return waiting[0] ?? null;
}
