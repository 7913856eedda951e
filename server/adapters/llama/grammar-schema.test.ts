import { expect, test } from 'vitest';
import { z } from 'zod';
import { grammarSchema } from './grammar-schema.ts';

const said = (schema: z.ZodType): unknown => {
  const { $schema: _, ...json } = z.toJSONSchema(schema);
  return grammarSchema(json);
};

test('a small range of integers becomes its values, with null where that is allowed', () => {
  expect(said(z.int().min(-2).max(2))).toEqual({ enum: [-2, -1, 0, 1, 2] });
  expect(said(z.int().min(-1).max(1).nullable())).toEqual({ oneOf: [{ enum: [-1, 0, 1] }, { type: 'null' }] });
  expect(grammarSchema({ type: ['integer', 'null'], minimum: 0, maximum: 1 })).toEqual({ enum: [0, 1, null] });
});

test('a large or half-open range is left as it is', () => {
  expect(said(z.int().min(0).max(64))).toEqual({ type: 'integer', minimum: 0, maximum: 64 });
  expect(grammarSchema({ type: 'integer', minimum: 0 })).toEqual({ type: 'integer', minimum: 0 });
});

test('ranges are found wherever they are, and names that look like keywords stay names', () => {
  const schema = z.object({ enum: z.array(z.object({ anyOf: z.int().min(1).max(2) })).max(3) });
  expect(said(schema)).toMatchObject({
    properties: { enum: { type: 'array', maxItems: 3, items: { properties: { anyOf: { enum: [1, 2] } } } } },
  });
});
