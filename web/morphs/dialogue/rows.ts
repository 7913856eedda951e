/** A task as it is read: rounds of two voices, verdicts between them, what ALFRED says across both. Pure; knows nothing of drawing. */
import type { PersonaPresence } from '#protocol/presence.ts';
import type { Task, Turn, Verdict } from '#protocol/rest.ts';
import { VOICED } from '#protocol/terms.ts';

export type Attempt = Task['attempts'][number];
export type Speaker = Pick<PersonaPresence, 'name' | 'state' | 'model'>;

/** One utterance: committed, or (`turn` null) on its way. `attempts` are the tries at it that failed. */
export type Said = { no: number; persona: string; turn: Turn | null; attempts: readonly Attempt[] };

export type Row =
  | { kind: 'round'; key: string; left: Said | null; right: Said | null }
  | { kind: 'verdict'; key: string; verdict: Verdict }
  | { kind: 'across'; key: string; said: Said };

/** Who has which column: the order of the codex, so that a voice keeps its side whoever begins. */
export function sidesOf(task: Pick<Task, 'personas'>, codex: readonly string[]): readonly [string, string] {
  const rank = (name: string) => (codex.indexOf(name) === -1 ? codex.length : codex.indexOf(name));
  const [first = '', second = ''] = task.personas.toSorted((a, b) => rank(a) - rank(b));
  return [first, second];
}

export function rowsOf(task: Task, speaker: Speaker | undefined, sides: readonly [string, string]): Row[] {
  const rows: Row[] = [];
  const verdicts = new Map(task.verdicts.map((verdict) => [verdict.afterTurn, verdict]));
  for (const said of saidIn(task, speaker)) {
    if (!isVoice(said, task, sides)) {
      rows.push({ kind: 'across', key: `turn-${said.no}`, said });
      continue;
    }
    const isLeft = said.persona === sides[0];
    const open = rows.at(-1);
    const hasRoom = open?.kind === 'round' && (isLeft ? open.left : open.right) === null;
    if (hasRoom) rows[rows.length - 1] = { ...open, [isLeft ? 'left' : 'right']: said };
    else rows.push({ kind: 'round', key: `round-${said.no}`, left: isLeft ? said : null, right: isLeft ? null : said });
    const verdict = verdicts.get(said.no);
    const isMidRound = !hasRoom && verdict?.decision === 'continue';
    if (verdict && !isMidRound) rows.push({ kind: 'verdict', key: `verdict-${said.no}`, verdict });
  }
  return rows;
}

function saidIn(task: Task, speaker: Speaker | undefined): Said[] {
  const attemptsAt = (no: number) => task.attempts.filter((attempt) => attempt.no === no);
  const said: Said[] = task.turns.map((turn) => ({
    no: turn.no,
    persona: turn.persona,
    turn,
    attempts: attemptsAt(turn.no),
  }));
  const no = task.turns.length;
  const tried = attemptsAt(no);
  const persona = comingVoice(task, speaker) ?? tried.at(-1)?.persona;
  if (persona && (isOpen(task) || tried.length > 0)) said.push({ no, persona, turn: null, attempts: tried });
  return said;
}

/** Presence lags a moment behind the facts: who has just spoken is not who speaks next. */
function comingVoice(task: Task, speaker: Speaker | undefined): string | undefined {
  if (!speaker || !isOpen(task)) return undefined;
  return task.turns.at(-1)?.persona === speaker.name ? undefined : speaker.name;
}

const isOpen = ({ status }: Task): boolean => status === 'running' || status === 'waiting';

function isVoice({ turn, persona }: Said, task: Task, sides: readonly [string, string]): boolean {
  if (task.kind === 'talk' || !sides.includes(persona)) return false;
  return turn === null || VOICED.includes(turn.kind);
}

/** Which way the border between the voices bends: away from who has the floor; both ways when both have spoken. */
export function floorOf({ left, right }: Pick<Extract<Row, { kind: 'round' }>, 'left' | 'right'>): Floor {
  if (left?.turn && right?.turn) return left.no < right.no ? 'left-then-right' : 'right-then-left';
  if (left && (!right || !left.turn)) return 'left';
  return 'right';
}
export type Floor = 'left' | 'right' | 'left-then-right' | 'right-then-left';
