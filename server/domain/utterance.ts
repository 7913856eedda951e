/**
 * One persona's words while they arrive: what may be shown at once, what must be held back, and when to stop.
 * What it has let out is never taken back, so the joined pieces are the turn's text. Pure; knows nothing of models.
 */

/** Why the words should end before the model ends them: it repeats itself, or begins to write somebody else's lines. */
export type Halt = 'loop' | 'other-voice';

export type Utterance = {
  /** Takes raw text and returns what may be shown now, possibly nothing. After a halt it returns nothing more. */
  push(raw: string): string;
  /** Lets out what was held back; call once, at the end. */
  end(): string;
  readonly text: string;
  readonly halt: Halt | null;
};

const GRAM = 8;
const REPEATS = 6;
/** Room for markup around a speaker's label, such as `**ROBIN**:`. */
const LABEL_MARKUP = 8;

export function utterance({ speaker, others }: { speaker: string; others: readonly string[] }): Utterance {
  let text = '';
  let held = '';
  let halt: Halt | null = null;
  const repetition = repetitionDetector();
  const ownLabel = labelPattern([speaker]);
  const otherLabel = others.length > 0 ? labelPattern(others) : null;
  const names = [speaker, ...others];

  function release(isEnd: boolean): string {
    if (text === '') held = withoutOwnLabel(held);
    const forged = otherLabel ? findLabel(held, otherLabel, text === '' || text.endsWith('\n')) : -1;
    if (forged !== -1) {
      held = held.slice(0, forged);
      halt = 'other-voice';
    }
    const isLast = isEnd || halt !== null;
    const safe = isLast ? held.trimEnd() : held.slice(0, safeLength(held));
    held = isLast ? '' : held.slice(safe.length);
    const out = safe.toWellFormed();
    text += out;
    if (halt === null && repetition(out)) halt = 'loop';
    return out;
  }

  /** Up to where nothing can turn out to be trailing space, a split character or the beginning of a label. */
  function safeLength(piece: string): number {
    const lineStart = piece.lastIndexOf('\n') + 1;
    const isAtLineStart = lineStart > 0 || text === '';
    const line = piece.slice(lineStart);
    const until = isAtLineStart && couldBeLabel(line, names) ? lineStart : piece.length;
    const trimmed = piece.slice(0, until).trimEnd();
    return /[\ud800-\udbff]$/.test(trimmed) ? trimmed.length - 1 : trimmed.length;
  }

  function withoutOwnLabel(piece: string): string {
    const start = piece.trimStart();
    const label = ownLabel.exec(start);
    return label?.index === 0 ? start.slice(label[0].length).trimStart() : start;
  }

  return {
    push(raw) {
      if (halt) return '';
      held += withoutControls(raw);
      return release(false);
    },
    end: () => (halt ? '' : release(true)),
    get text() {
      return text;
    },
    get halt() {
      return halt;
    },
  };
}

const withoutControls = (raw: string): string =>
  raw.replace(/\r\n?/g, '\n').replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '');

const escape = (name: string): string => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const labelPattern = (names: readonly string[]): RegExp =>
  new RegExp(`^[ \\t*_#>\\[]{0,4}(?:${names.map(escape).join('|')})[\\]*_ ]{0,4}:[*_]{0,2}`, 'm');

/** Index of the line that begins with a label, or -1. The first line counts only when it really is the start of a line. */
function findLabel(piece: string, pattern: RegExp, startsLine: boolean): number {
  const found = pattern.exec(startsLine ? piece : `\u0001${piece}`);
  if (!found) return -1;
  return startsLine ? found.index : found.index - 1;
}

function couldBeLabel(line: string, names: readonly string[]): boolean {
  const bare = line.replace(/^[ \t*_#>[]{0,4}/, '');
  return names.some(
    (name) =>
      name.startsWith(bare) ||
      (bare.startsWith(name) &&
        bare.length < name.length + LABEL_MARKUP &&
        !/[:\p{L}\p{N}]/u.test(bare.slice(name.length))),
  );
}

/** Says true when the same eight words in a row have been seen six times. */
function repetitionDetector(): (piece: string) => boolean {
  const seen = new Map<string, number>();
  const recent: string[] = [];
  let partial = '';
  return (piece) => {
    const words = (partial + piece).split(/\s+/);
    partial = words.pop() ?? '';
    let isLooping = false;
    for (const word of words) {
      if (word === '') continue;
      recent.push(word.toLowerCase());
      if (recent.length > GRAM) recent.shift();
      if (recent.length < GRAM) continue;
      const gram = recent.join(' ');
      const times = (seen.get(gram) ?? 0) + 1;
      seen.set(gram, times);
      if (times >= REPEATS) isLooping = true;
    }
    return isLooping;
  };
}
