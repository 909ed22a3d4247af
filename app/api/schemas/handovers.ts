import { described, ID_PARAMS, type JsonSchema } from './common.ts';

const TAG = 'collie';
const TEXT: JsonSchema = { type: 'string' };
const TEXTS: JsonSchema = { type: 'array', items: TEXT };

const ANSWER: JsonSchema = {
  type: 'object',
  required: [
    'id',
    'repository',
    'branch',
    'commit',
    'state',
    'at',
    'waitsFor',
    'steps',
    'started',
    'differences',
  ],
  properties: {
    id: TEXT,
    repository: TEXT,
    branch: TEXT,
    commit: TEXT,
    pullRequest: { type: 'integer' },
    state: { enum: ['queued', 'applying', 'applied', 'included', 'stopped', 'failed'] },
    at: TEXT,
    endedAt: TEXT,
    waitsFor: { type: 'integer' },
    includedIn: TEXT,
    reason: TEXT,
    sentence: TEXT,
    steps: {
      type: 'array',
      items: { type: 'object', properties: { text: TEXT, state: TEXT, said: TEXT } },
    },
    started: TEXTS,
    differences: TEXTS,
  },
};

export const NEW_HANDOVER: JsonSchema = {
  ...described(TAG, 'Hands a merge over: it is applied when its turn comes'),
  response: { 202: ANSWER },
};
export const HANDOVER: JsonSchema = {
  ...described(TAG, 'One merge that was handed over, and how far it is'),
  params: ID_PARAMS,
  response: { 200: ANSWER },
};
export const HANDOVERS: JsonSchema = {
  ...described(TAG, 'Merges that were handed over, newest first'),
  response: {
    200: { type: 'object', required: ['applies'], properties: { applies: { type: 'array', items: ANSWER } } },
  },
};
