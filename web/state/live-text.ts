/**
 * The words of one turn while it is spoken, pieced together by their offsets: doubles are harmless, gaps stay visible.
 * Pure; knows nothing of sockets or frames. Offsets in UTF-16 code units.
 */

/** Stretches of text in order, none touching the next: more than one, or one that does not begin at 0, means a gap. */
export type Stretch = { from: number; text: string };

export type LiveText = { no: number; attempt: number; stretches: readonly Stretch[] };

type Piece = { no: number; attempt: number; from: number; text: string };

export const startedTurn = (no: number, attempt: number): LiveText => ({ no, attempt, stretches: [] });

/** The text after one more piece. A later turn or attempt begins anew; what belongs to an earlier one is passed over. */
export function withPiece(live: LiveText | undefined, piece: Piece): LiveText {
  if (!live || isLater(piece, live)) return withPiece(startedTurn(piece.no, piece.attempt), piece);
  if (isLater(live, piece) || piece.text === '') return live;
  return { ...live, stretches: joined(live.stretches, piece) };
}

const isLater = (a: Pick<Piece, 'no' | 'attempt'>, b: Pick<Piece, 'no' | 'attempt'>): boolean =>
  a.no > b.no || (a.no === b.no && a.attempt > b.attempt);

function joined(stretches: readonly Stretch[], { from, text }: Stretch): Stretch[] {
  const end = from + text.length;
  const before = stretches.filter((stretch) => stretch.from + stretch.text.length < from);
  const after = stretches.filter((stretch) => stretch.from > end);
  const touching = stretches.filter((stretch) => !before.includes(stretch) && !after.includes(stretch));
  const middle = touching.reduce<Stretch>(merged, { from, text });
  return [...before, middle, ...after];
}

/** Two stretches that overlap or touch, as one. Where both have a character it is the same one. */
function merged(a: Stretch, b: Stretch): Stretch {
  const [first, second] = a.from <= b.from ? [a, b] : [b, a];
  return { from: first.from, text: first.text + second.text.slice(first.from + first.text.length - second.from) };
}

export const hasGap = ({ stretches }: LiveText): boolean => stretches.length > 1 || (stretches[0]?.from ?? 0) > 0;

/** Stands where words are missing until they arrive. */
export const GAP = ' […] ';

export function shownText({ stretches }: LiveText): string {
  const opening = (stretches[0]?.from ?? 0) > 0 ? GAP.trimStart() : '';
  return opening + stretches.map(({ text }) => text).join(GAP);
}
