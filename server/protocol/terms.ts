/** The domain's words for those who may import the protocol only: values without schemas, light enough for the first view. */
export { DEFAULT_PAIR } from '#domain/roles.ts';
export { isOver, PROMPT_LIMIT, VOICED } from '#domain/task-terms.ts';
