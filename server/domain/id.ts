/** Identifiers and names that every other schema builds on. Knows nothing of how ids are made. */
import { z } from 'zod';

/** Opaque id; sorts by time because adapters make UUIDv7. */
export const Id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'an id has 1 to 64 letters, digits, "_" or "-"');
export type Id = z.infer<typeof Id>;

/** ISO 8601 UTC, for showing only; order comes from `seq`, durations from a monotonic clock. */
export const Time = z.iso.datetime();

/** A persona or policy name as it stands in the Architect's files. */
export const Name = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} _.'-]{0,47}$/u, 'a name has 1 to 48 letters, digits, spaces, "_", ".", "\'" or "-"');
export type Name = z.infer<typeof Name>;

/** A model's name as its backend knows it, for example `gemma2:9b` or a GGUF file's name. */
export const ModelName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,199}$/, 'a model name has 1 to 200 letters, digits or any of . _ : / @ -');
