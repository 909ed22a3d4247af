import { described, EMPTY, type JsonSchema } from './common.ts';

const TAG = 'collie';

/** Routes of rollout policies. What a document may say stands in `schemas/rollout-policy.schema.json`. */

const DOCUMENT: JsonSchema = {
  type: 'object',
  description: 'A RolloutPolicy document (schemas/rollout-policy.schema.json).',
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: { const: 'collie.dev/v1' },
    kind: { const: 'RolloutPolicy' },
    metadata: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
    spec: { type: 'object' },
  },
};

const MILLISECONDS = { type: 'number', minimum: 0 } as const;
const TIMINGS: JsonSchema = {
  type: 'object',
  description:
    'What the server is set to where no policy says, in milliseconds; no soak: by the size of the fleet.',
  required: ['deadlineMs', 'unhealthyMs', 'absenceMs'],
  properties: {
    deadlineMs: MILLISECONDS,
    soakMs: MILLISECONDS,
    unhealthyMs: MILLISECONDS,
    absenceMs: MILLISECONDS,
  },
};

const NAME_PARAMS = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string', description: "A policy's name." } },
} as const;

export const POLICIES: JsonSchema = {
  ...described(TAG, 'Rollout policies, by name'),
  response: {
    200: {
      type: 'object',
      required: ['policies', 'timings'],
      properties: { policies: { type: 'array', items: DOCUMENT }, timings: TIMINGS },
    },
  },
};
export const POLICY: JsonSchema = {
  ...described(TAG, 'One rollout policy'),
  params: NAME_PARAMS,
  response: { 200: { type: 'object', required: ['policy'], properties: { policy: DOCUMENT } } },
};
export const NEW_POLICY: JsonSchema = {
  ...described(TAG, 'Creates or replaces a rollout policy; rollouts that are under way keep theirs'),
  params: NAME_PARAMS,
  response: {
    200: {
      type: 'object',
      required: ['status', 'policy', 'warnings'],
      properties: {
        status: { enum: ['created', 'configured', 'unchanged'] },
        policy: DOCUMENT,
        warnings: { type: 'array', items: { type: 'string' } },
      },
    },
  },
};
export const GONE_POLICY: JsonSchema = {
  ...described(TAG, 'Deletes a rollout policy that nobody names'),
  params: NAME_PARAMS,
  response: { 204: EMPTY },
};
