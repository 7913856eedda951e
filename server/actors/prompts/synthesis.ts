/** What ALFRED is shown when he closes a dialogue, and the dissent that he must not smooth away. */
import type { Persona } from '#domain/codex.ts';
import { voicedTurns } from '#domain/contrapunto.ts';
import type { Task } from '#domain/task.ts';
import type { ChatMessage } from '#protocol/facts.ts';
import { quoted, template } from './template.ts';
import { roughTokens } from './voice.ts';

const frame = template('synthesis');
const ask = template('synthesis-ask');

type Dialogue = Pick<Task, 'prompt' | 'personas' | 'turns' | 'verdicts'>;

export function synthesisMessages(
  task: Dialogue,
  { persona, budget }: { persona: Persona; budget: number },
): ChatMessage[] {
  const [first = '', second = ''] = task.personas;
  const verdict = task.verdicts.at(-1);
  const system = frame({ systemPrompt: persona.systemPrompt });
  const open = dissentOf(task).map(({ persona: name, claim }) => `${name} still contests: ${claim}`);
  const content = (transcript: string) =>
    ask({
      self: persona.name,
      prompt: quoted(task.prompt),
      first,
      second,
      transcript,
      verdict: verdict ? `${verdict.decision}, ${verdict.reason}` : 'it was stopped',
      contested: open.join('\n'),
    });
  const spoken = voicedTurns(task.turns).map((turn) => `${turn.persona}:\n${quoted(turn.text)}`);
  const room = budget - roughTokens(system) - roughTokens(content(''));
  return [
    { role: 'system', content: system },
    { role: 'user', content: content(newestWithin(spoken, room).join('\n\n')) },
  ];
}

/** The claims that each voice contests in its newest stance, each once. */
export function dissentOf({ personas, turns }: Pick<Task, 'personas' | 'turns'>): Task['dissent'] {
  return personas.flatMap((persona) => {
    const stance = voicedTurns(turns).findLast((turn) => turn.persona === persona)?.stance;
    const claims = new Set((stance?.contests ?? []).map(({ claim }) => claim));
    return [...claims].map((claim) => ({ persona, claim }));
  });
}

/** The newest texts that fit; what is left out is said. At least the last two always stay. */
function newestWithin(texts: readonly string[], room: number): string[] {
  let used = 0;
  let from = texts.length;
  while (from > 0) {
    used += roughTokens(texts[from - 1] ?? '');
    if (used > room && texts.length - from >= 2) break;
    from -= 1;
  }
  const kept = texts.slice(from);
  return from === 0 ? kept : [`(${from} earlier turns are left out here.)`, ...kept];
}
