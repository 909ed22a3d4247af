/** Parts that several routes share. Every schema of the API is here; validation, types and /openapi.json are made from them. */

/** A JSON Schema of an answer; only what comes in is turned into types. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Content type of answers that are written as text. */
export const JSON_TYPE = 'application/json; charset=utf-8';

/** Any answer that is no success. */
export const ERRORS = {
  type: 'object',
  description: 'What went wrong, a sentence each.',
  required: ['errors'],
  properties: { errors: { type: 'array', minItems: 1, items: { type: 'string' } } },
} as const;

/** A part of a list; newer clients ask for 100 at a time. */
export const PAGE_QUERY = {
  type: 'object',
  properties: {
    limit: { type: 'string', pattern: '^[0-9]{0,9}$', description: '0 or nothing: all.' },
    offset: { type: 'string', pattern: '^[0-9]{0,9}$' },
  },
} as const;

export const NAME_PARAMS = {
  type: 'object',
  required: ['name'],
  properties: {
    name: {
      type: 'string',
      description: 'A name, or a name with a version: `edge`, `edge:3`, `edge:latest`.',
    },
  },
} as const;

export const KIND_PARAMS = {
  type: 'object',
  required: ['kind'],
  properties: { kind: { type: 'string', description: 'A kind in any case, singular or plural.' } },
} as const;

export const KIND_NAME_PARAMS = {
  type: 'object',
  required: ['kind', 'name'],
  properties: { kind: { type: 'string' }, name: { type: 'string' } },
} as const;

export const ID_PARAMS = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'string', description: "An agent's id, as UUID or ULID." } },
} as const;

export const LABELS = {
  type: 'object',
  maxProperties: 256,
  additionalProperties: { type: 'string' },
} as const;

export const EMPTY = { type: 'null', description: 'No body.' } as const;

export const VERSION_ANSWER = {
  type: 'object',
  required: ['tag', 'commit'],
  properties: { tag: { type: 'string' }, commit: { type: 'string' } },
} as const;

/** What a route is for, where it stands in the documentation. */
export function described(
  tag: string,
  summary: string,
): { readonly tags: string[]; readonly summary: string } {
  return { tags: [tag], summary };
}
