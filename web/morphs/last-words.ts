/** The sentence to quote of a persona: short, whole, its newest. Pure. */
import type { Task, Turn } from '#protocol/rest.ts';

const LONGEST = 120;

/** The newest committed turn of the persona over all tasks that are known; undefined when it has not spoken. */
export function newestTurnOf(persona: string, tasks: Iterable<Task>): Turn | undefined {
  let newest: Turn | undefined;
  for (const task of tasks)
    for (const turn of task.turns)
      if (turn.persona === persona && (!newest || turn.startedAt > newest.startedAt)) newest = turn;
  return newest;
}

/** The last whole sentence, without markdown's signs; cut with an ellipsis where it is too long to quote. Empty where no sentence is whole. */
export function lastSentence(text: string): string {
  const sentences = plainly(text).match(/[^.!?…]+[.!?…]+["”’)]*/g) ?? [];
  const whole = sentences.map((sentence) => sentence.trim()).filter((sentence) => sentence.length > 12);
  return shortened(whole.at(-1) ?? '');
}

const plainly = (text: string): string =>
  text
    .replace(/```[\s\S]*?(```|$)/g, ' ')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*_`#>|]+/g, '')
    .replace(/\s+/g, ' ')
    .trim();

/** As much of it as can be quoted. */
export function shortened(text: string): string {
  const sentence = plainly(text);
  if (sentence.length <= LONGEST) return sentence;
  const cut = sentence.slice(0, LONGEST);
  return `${cut.slice(0, cut.lastIndexOf(' '))} …`;
}
