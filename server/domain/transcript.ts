/** A task as Markdown, for reading elsewhere. Pure; what was said is quoted word for word. */
import type { Task, Turn } from './task.ts';

export function transcriptOf(task: Task): string {
  const head = [`# ${oneLine(task.title)}`, facts(task), '## Question', quoted(task.prompt)];
  const said = task.turns.flatMap((turn) => [heading(turn), quoted(turn.text), ...verdictAfter(task, turn.no)]);
  return `${[...head, ...said, ...dissent(task)].join('\n\n')}\n`;
}

function facts({ createdAt, policy, backend, status, outcome, reason }: Task): string {
  const end = reason === null ? (outcome ?? status) : `${outcome ?? status}: ${reason}`;
  return `${createdAt} · ${policy.name} v${policy.version} · ${backend} · ${end}`;
}

const heading = ({ no, persona, kind, model, finish }: Turn): string =>
  `## ${no} · ${persona} · ${kind}${finish === 'stop' ? '' : ` (${finish})`}\n\n*${model}*`;

function verdictAfter({ verdicts }: Task, no: number): string[] {
  const verdict = verdicts.find(({ afterTurn }) => afterTurn === no);
  return verdict ? [`**${verdict.decision}**: ${verdict.reason}; “${verdict.clause}”`] : [];
}

const dissent = ({ dissent: open }: Task): string[] =>
  open.length === 0
    ? []
    : ['## Stays open', open.map(({ persona, claim }) => `- ${persona}: ${oneLine(claim)}`).join('\n')];

const quoted = (text: string): string =>
  text
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
