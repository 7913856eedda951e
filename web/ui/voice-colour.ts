/** Which light a persona emits. The four of the codex have their own; those that the Architect adds share four more. */

const OWN = new Set(['BRICK', 'ROBIN', 'ALFRED', 'BABS']);
const SPARE = 4;

/** A CSS value; the same for a name whenever it is asked for. */
export function voiceColour(name: string): string {
  if (OWN.has(name)) return `var(--${name.toLowerCase()})`;
  const sum = [...name].reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0);
  return `var(--voice-${(sum % SPARE) + 1})`;
}
