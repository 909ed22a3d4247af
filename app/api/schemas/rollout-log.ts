import { LIMITS } from '../../../src/core/document/limits.ts';
import { described, EMPTY, ID_PARAMS, NAME_PARAMS, type JsonSchema } from './common.ts';

const TAG = 'collie';
const TIME: JsonSchema = { type: 'string', maxLength: 40, description: 'ISO 8601' };
const EVENT_LIST: JsonSchema = {
  type: 'array',
  items: {
    type: 'object',
    required: ['seq', 'at', 'type', 'text'],
    properties: {
      seq: { type: 'integer' },
      at: TIME,
      type: { type: 'string' },
      agent: { type: 'string' },
      name: { type: 'string' },
      by: { type: 'string' },
      text: { type: 'string' },
    },
  },
};
const HOLD: JsonSchema = {
  type: 'object',
  required: ['configuration', 'reason', 'by', 'at'],
  properties: {
    configuration: { type: 'string', description: 'Empty: everything.' },
    reason: { type: 'string' },
    by: { type: 'string' },
    at: { type: 'integer' },
  },
};

export const ROLLOUT_LOG: JsonSchema = {
  ...described(TAG, "A rollout's log, up to a moment and of one agent where they are named"),
  params: NAME_PARAMS,
  querystring: {
    type: 'object',
    properties: {
      at: TIME,
      agent: { type: 'string', maxLength: 200 },
      version: { type: 'string', pattern: '^[1-9][0-9]{0,8}$' },
    },
  },
  response: {
    200: {
      type: 'object',
      required: ['rollout', 'totals', 'events'],
      properties: { rollout: { type: 'object' }, totals: { type: 'object' }, events: EVENT_LIST },
    },
  },
};

export const AGENT_PAST: JsonSchema = {
  ...described(TAG, 'What an agent was in its rollouts at a moment'),
  params: ID_PARAMS,
  querystring: { type: 'object', required: ['at'], properties: { at: TIME } },
  response: {
    200: {
      type: 'object',
      required: ['rollouts'],
      properties: { rollouts: { type: 'array', items: { type: 'object' } } },
    },
  },
};

export const CHECK: JsonSchema = {
  ...described(TAG, 'What a check outside says of the present phase of a rollout'),
  params: NAME_PARAMS,
  body: {
    type: 'object',
    required: ['name', 'verdict'],
    properties: {
      name: { type: 'string', minLength: 1, maxLength: LIMITS.rollout.checkNameCharacters },
      verdict: { enum: ['pass', 'fail', 'inconclusive'] },
      evidence: { type: 'string', maxLength: LIMITS.rollout.evidenceCharacters },
    },
  },
  response: {
    200: {
      type: 'object',
      required: ['rollout', 'state', 'phase', 'checks'],
      properties: {
        rollout: { type: 'string' },
        state: { type: 'string', description: 'Of one that has ended no check is kept any more.' },
        phase: { type: 'integer' },
        checks: { type: 'array', items: { type: 'object' } },
      },
    },
  },
};

export const HOLDS: JsonSchema = {
  ...described(TAG, 'What keeps rollouts from offering anything new'),
  response: {
    200: { type: 'object', required: ['holds'], properties: { holds: { type: 'array', items: HOLD } } },
  },
};

export const NEW_HOLD: JsonSchema = {
  ...described(TAG, 'Locks a configuration, or stops everything'),
  body: {
    type: 'object',
    required: ['reason'],
    properties: {
      configuration: { type: 'string', maxLength: 300, description: 'Left out or empty: everything.' },
      reason: { type: 'string', minLength: 1, maxLength: LIMITS.rollout.holdReasonCharacters },
    },
  },
  response: { 200: { type: 'object', required: ['hold'], properties: { hold: HOLD } } },
};

export const LIFT: JsonSchema = {
  ...described(TAG, 'Lifts a lock, or the stop of everything'),
  querystring: { type: 'object', properties: { configuration: { type: 'string', maxLength: 300 } } },
  response: { 204: EMPTY },
};
