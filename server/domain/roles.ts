/** Which personas have a part of their own when a task does not say otherwise. Imports no package, as the browser carries it. */

/** The persona that closes dialogues. */
export const STEWARD = 'ALFRED';
/** Who debates when a task does not say otherwise: literal logic, then holistic empathy. */
export const DEFAULT_PAIR = ['BRICK', 'ROBIN'] as const;
