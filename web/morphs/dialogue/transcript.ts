/** A dialogue as plain text, to be pasted elsewhere. Pure. */
import type { Task } from '#protocol/rest.ts';
import { decisionWords, statusWords, turnWords } from '../../ui/phrases.ts';

export function transcriptOf(task: Task): string {
  const said = task.turns.flatMap((turn) => {
    const verdict = task.verdicts.find(({ afterTurn }) => afterTurn === turn.no);
    const decided = verdict ? [`[${decisionWords[verdict.decision]}: ${verdict.reason}; "${verdict.clause}"]`] : [];
    return [`${turn.persona} (${turnWords(turn)}):\n${turn.text}`, ...decided];
  });
  const open = task.dissent.map(({ persona, claim }) => `Stays open for ${persona}: ${claim}`);
  return [task.prompt, ...said, ...open, `[${statusWords(task)}; ${task.policy.name} v${task.policy.version}]`].join(
    '\n\n',
  );
}
