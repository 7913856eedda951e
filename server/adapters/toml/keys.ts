/** TOML's snake_case and our camelCase. Keys that are the Architect's own words, such as those of [models], stay as they are. */

/** Tables whose keys are names and not ours. */
const NAMES = new Set(['models']);

export function camelKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelKeys);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [camelCase(key), NAMES.has(key) ? inner : camelKeys(inner)]),
  );
}

const camelCase = (key: string): string => key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
export const snakeCase = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
