/**
 * Says a JSON schema so that a grammar can hold it: grammars know no `minimum` or `maximum` and no `anyOf`.
 * What cannot be said is left looser; the caller validates the answer in any case.
 */
import type { GbnfJsonSchema } from 'node-llama-cpp';

/** What every JSON grammar of node-llama-cpp makes the model write after the document. */
export const END_OF_JSON = '\n\n\n\n';
const MOST_VALUES = 64;

export function grammarSchema(schema: Record<string, unknown>): GbnfJsonSchema {
  return sayable(schema) as GbnfJsonSchema;
}

function sayable(node: unknown): unknown {
  if (typeof node !== 'object' || node === null) return node;
  const values = smallRange(node);
  if (values) return { enum: values };
  return Object.fromEntries(Object.entries(node).map(([key, value]) => sayKeyword(key, value)));
}

function sayKeyword(key: string, value: unknown): [string, unknown] {
  switch (key) {
    case 'anyOf':
    case 'oneOf':
      return ['oneOf', (value as unknown[]).map(sayable)];
    case 'prefixItems':
      return [key, (value as unknown[]).map(sayable)];
    case 'properties':
    case '$defs':
      return [key, Object.fromEntries(Object.entries(value as object).map(([name, inner]) => [name, sayable(inner)]))];
    case 'items':
    case 'additionalProperties':
      return [key, sayable(value)];
    default:
      return [key, value];
  }
}

/** The values of an integer from `minimum` to `maximum`, and null where the type allows it. */
function smallRange(node: { type?: unknown; minimum?: unknown; maximum?: unknown }): (number | null)[] | null {
  const { minimum, maximum } = node;
  const types = Array.isArray(node.type) ? node.type : [node.type];
  if (!types.includes('integer') || typeof minimum !== 'number' || typeof maximum !== 'number') return null;
  const first = Math.ceil(minimum);
  const size = Math.floor(maximum) - first + 1;
  if (size < 1 || size > MOST_VALUES) return null;
  const values = Array.from({ length: size }, (_, index) => first + index);
  return types.includes('null') ? [...values, null] : values;
}
