/** How the client says things: states, verdicts, failures, durations. Only words; knows nothing of components. */
import type { LanePresence, PersonaPresence } from '#protocol/presence.ts';
import type { Task, Turn, Verdict } from '#protocol/rest.ts';

const count = new Intl.NumberFormat('en');
export const number = (value: number): string => count.format(value);

/** A model file's name says more than fits: without its ending, quantisation and kind of tuning. */
export const shortModel = (model: string): string =>
  model.replace(/\.gguf$/i, '').replace(/[-.](Q\d\w*|Instruct)\b/gi, '');

/** 1 turn, 2 turns. */
export const several = (value: number, noun: string): string => `${number(value)} ${noun}${value === 1 ? '' : 's'}`;

/** `0.4 s`, `19 s`, `2 min 5 s`, `3 h 10 min`. */
export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 1) return `${Math.max(0, seconds).toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `just now`, `5 min ago`, `yesterday`, or the date. */
export function ago(time: string, nowMs: number): string {
  const minutes = Math.floor((nowMs - Date.parse(time)) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`;
  if (minutes < 48 * 60) return 'yesterday';
  return new Date(time).toLocaleDateString('en', { day: 'numeric', month: 'short', year: 'numeric' });
}

export const decisionWords: Record<Verdict['decision'], string> = {
  continue: 'Goes on',
  dissent: 'Dissent asked for',
  converged: 'Converged',
  stalled: 'Stalled',
  capped: 'Limit reached',
};

export const laneWords: Record<LanePresence['state'], string> = {
  empty: 'free',
  loading: 'is being loaded',
  serving: 'is speaking',
  idle: 'is ready',
  unloading: 'is leaving',
  sick: 'is not well',
};

export const personaWords: Record<PersonaPresence['state'], string> = {
  asleep: 'asleep',
  queued: 'waits for the card',
  loading: 'is being loaded',
  thinking: 'thinking',
  speaking: 'speaking',
  'waiting-for-you': 'waits for you',
  frozen: 'frozen',
};

const failures: Record<string, string> = {
  'backend-unreachable': 'the model server does not answer',
  'model-missing': 'the model is missing',
  'out-of-memory': 'the card has too little memory',
  'timed-out': 'timed out',
  'cut-off': 'cut off',
  'bad-output': 'nothing usable was said',
  cancelled: 'stopped',
  architect: 'you paused it',
  'soma-failed': 'a step of the dialogue failed',
};
/** A coded reason in words; a reason that is a sentence already stays as it is. */
export const failureWords = (reason: string): string => failures[reason] ?? reason;

/** What a task is doing or how it ended. */
export function statusWords({ status, outcome }: Pick<Task, 'status' | 'outcome'>): string {
  if (status !== 'done') return status;
  return outcome === 'capped' ? 'limit reached' : (outcome ?? 'done');
}

/** `blind answer`, or `turn 3, concedes 1`: what kind of turn it was and what the voice declared in it. */
export function turnWords(turn: Pick<Turn, 'no' | 'kind' | 'stance' | 'finish'>): string {
  const declared = [
    turn.stance?.concedes.length ? `concedes ${turn.stance.concedes.length}` : '',
    turn.stance?.contests.length ? `contests ${turn.stance.contests.length}` : '',
    turn.finish === 'length' ? 'ended at its length limit' : '',
    turn.finish === 'loop' ? 'stopped repeating itself' : '',
    turn.finish === 'cut' ? 'cut off by you' : '',
  ];
  return [kindWords(turn), ...declared].filter(Boolean).join(', ');
}

function kindWords({ kind, no }: Pick<Turn, 'no' | 'kind'>): string {
  if (kind === 'blind') return 'blind answer';
  if (kind === 'dissent') return `turn ${no + 1}, asked to dissent`;
  if (kind === 'reply') return `turn ${no + 1}`;
  return kind;
}
