import { described, EMPTY, ID_PARAMS, type JsonSchema } from './common.ts';

const TAG = 'collie';

/** Routes of what BindPlane has no word for. Bodies and queries stand beside their routes; here is what comes out. */

function answers(status: number, name: string, item: JsonSchema, more: JsonSchema = {}): JsonSchema {
  return { [status]: { type: 'object', required: [name], properties: { [name]: item, ...more } } };
}

const OBJECTS: JsonSchema = { type: 'array', items: { type: 'object' } };
const TOKEN: JsonSchema = {
  type: 'object',
  required: ['id', 'name', 'scopes', 'state', 'createdAt', 'createdBy'],
  properties: {
    id: { type: 'string' },
    name: { type: 'string' },
    scopes: { type: 'array', items: { type: 'string' } },
    state: { enum: ['good', 'expired', 'revoked'] },
    createdAt: { type: ['string', 'null'] },
    createdBy: { type: 'string' },
    expiresAt: { type: ['string', 'null'] },
    revokedAt: { type: ['string', 'null'] },
  },
};

export const ORIGINS: JsonSchema = {
  ...described(TAG, 'Keeps where the lines of renders came from'),
  response: {
    202: {
      type: 'object',
      required: ['kept', 'reported'],
      properties: { kept: { type: 'integer' }, reported: { type: 'boolean' } },
    },
  },
};
export const AGENT_DRIFTS: JsonSchema = {
  ...described(TAG, 'In how much each agent runs something else than it was given'),
  response: answers(200, 'drift', { type: 'object', additionalProperties: { type: 'integer' } }),
};
export const AGENT_STATE: JsonSchema = {
  ...described(TAG, 'All there is to say about one agent'),
  params: ID_PARAMS,
  response: answers(200, 'agent', { type: 'object' }),
};
export const ROLLOUT_VIEWS: JsonSchema = {
  ...described(TAG, 'Rollouts as people see them'),
  response: answers(200, 'rollouts', OBJECTS),
};
export const EVENTS: JsonSchema = {
  ...described(TAG, 'Events as they happen (text/event-stream)'),
  response: { 200: { type: 'string' } },
};
export const TOKENS: JsonSchema = {
  ...described(TAG, 'Tokens of the API, without their keys'),
  response: answers(200, 'tokens', { type: 'array', items: TOKEN }),
};
export const NEW_TOKEN: JsonSchema = {
  ...described(TAG, 'Makes a token; its key is told once'),
  response: answers(201, 'token', TOKEN, { key: { type: 'string' } }),
};
export const REVOKED_TOKEN: JsonSchema = {
  ...described(TAG, 'Revokes a token'),
  params: ID_PARAMS,
  response: { 204: EMPTY },
};
export const ROUTES: JsonSchema = {
  ...described(TAG, 'Every route and the scope it asks for'),
  response: answers(200, 'routes', OBJECTS),
};
export const AUDIT_PAGE: JsonSchema = {
  ...described(TAG, 'Who did what, newest first'),
  response: answers(200, 'entries', OBJECTS, { next: { type: ['string', 'null'] } }),
};
export const CREDENTIALS: JsonSchema = {
  ...described(TAG, 'How each agent proves itself'),
  response: answers(200, 'agents', OBJECTS),
};
export const RENEWED_CREDENTIAL: JsonSchema = {
  ...described(TAG, 'Gives an agent a credential of its own, or a new one'),
  params: ID_PARAMS,
  response: { 202: { type: 'object' } },
};
export const REVOKED_CREDENTIAL: JsonSchema = {
  ...described(TAG, "Revokes an agent's credentials"),
  params: ID_PARAMS,
  response: { 204: EMPTY },
};
export const ENROLMENT_KEYS: JsonSchema = {
  ...described(TAG, 'Enrolment keys, without what proves them'),
  response: answers(200, 'keys', OBJECTS),
};
export const NEW_ENROLMENT_KEY: JsonSchema = {
  ...described(TAG, 'Makes an enrolment key; it is told once'),
  response: answers(201, 'enrolmentKey', { type: 'object' }, { key: { type: 'string' } }),
};
export const REVOKED_ENROLMENT_KEY: JsonSchema = {
  ...described(TAG, 'Revokes an enrolment key and lets go of who came with it'),
  params: ID_PARAMS,
  response: { 204: EMPTY },
};
export const GITHUB_TOKEN: JsonSchema = {
  ...described(TAG, "Gives a key of the API for GitHub's token of a workflow run"),
  response: answers(
    201,
    'key',
    { type: 'string' },
    {
      scopes: { type: 'array', items: { type: 'string' } },
      expiresAt: { type: 'string' },
    },
  ),
};
