/** Fills the prompt texts that stand beside this file. Knows nothing of what they ask. */
import { readFileSync } from 'node:fs';

type Values = Record<string, string>;

/** Reads `name.md` once; the returned function puts values in place of `{{key}}` and throws on a key without a value. */
export function template(name: string): (values: Values) => string {
  const text = readFileSync(new URL(`./${name}.md`, import.meta.url), 'utf8').trim();
  return (values) =>
    text.replace(/\{\{(\w+)\}\}/g, (_, key: string) => {
      const value = values[key];
      if (value === undefined) throw new Error(`the prompt ${name}.md has no value for {{${key}}}`);
      return value.trim() === value ? value : value.replace(/^\s+|[^\S\n]+$/g, '');
    });
}

/** Another's words as input that cannot be taken for instructions or for one's own lines. */
export function quoted(text: string): string {
  return text
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');
}
