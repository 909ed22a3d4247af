import { LABELS, type JsonSchema } from './common.ts';

const COUNT = { type: 'integer', minimum: 0 } as const;

const METADATA: JsonSchema = {
  type: 'object',
  required: ['id', 'name', 'labels'],
  properties: {
    id: { type: 'string' },
    name: { type: 'string' },
    displayName: { type: 'string' },
    description: { type: 'string' },
    icon: { type: 'string' },
    labels: LABELS,
    hash: {
      type: 'string',
      pattern: '^[0-9a-f]{64}$',
      description: 'SHA-256 of the spec as JSON, secrets covered.',
    },
    version: { type: 'integer', minimum: 1 },
    dateModified: { type: 'string' },
  },
};

const ROLLOUT_STATUS: JsonSchema = {
  type: 'object',
  required: ['name', 'status', 'options', 'phase', 'progress'],
  properties: {
    name: { type: 'string' },
    status: {
      type: 'integer',
      minimum: 0,
      maximum: 5,
      description: '0 pending, 1 started, 2 paused, 3 error, 4 stable, 5 replaced.',
    },
    options: {
      type: 'object',
      required: ['startAutomatically', 'rollbackOnFailure', 'phaseAgentCount', 'maxErrors'],
      properties: {
        startAutomatically: { type: 'boolean' },
        rollbackOnFailure: { type: 'boolean' },
        phaseAgentCount: {
          type: 'object',
          required: ['initial', 'multiplier', 'maximum'],
          properties: {
            initial: { type: 'number' },
            multiplier: { type: 'number' },
            maximum: { type: 'number' },
          },
        },
        maxErrors: COUNT,
      },
    },
    phase: COUNT,
    progress: {
      type: 'object',
      required: ['completed', 'errors', 'pending', 'waiting'],
      properties: { completed: COUNT, errors: COUNT, pending: COUNT, waiting: COUNT },
    },
    state: {
      type: 'string',
      description: 'The same in more words, beyond BindPlane: `no-agents`, `rolling-back` and so on.',
    },
  },
};

/** Any resource as answers show it. */
const RESOURCE: JsonSchema = {
  type: 'object',
  required: ['apiVersion', 'kind', 'metadata', 'spec', 'status'],
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: METADATA,
    spec: { type: 'object' },
    status: {
      type: 'object',
      properties: {
        latest: { type: 'boolean' },
        pending: { type: 'boolean' },
        current: { type: 'boolean' },
        currentVersion: { type: 'integer' },
        pendingVersion: { type: 'integer' },
        rollout: ROLLOUT_STATUS,
      },
    },
  },
};

export const CONFIGURATION_ANSWER: JsonSchema = {
  type: 'object',
  required: ['configuration', 'raw'],
  properties: {
    configuration: { anyOf: [RESOURCE, { type: 'null' }] },
    raw: { type: 'string', description: 'The collector config as agents get it, secrets covered.' },
  },
};

export const CONFIGURATIONS_ANSWER: JsonSchema = {
  type: 'object',
  required: ['configurations'],
  properties: { configurations: { type: 'array', items: RESOURCE } },
};

export const VERSIONS_ANSWER: JsonSchema = {
  type: 'object',
  required: ['versions'],
  properties: { versions: { type: 'array', items: RESOURCE, description: 'Newest first.' } },
};

/** `{"sources": […]}`: a list under a kind's own name. */
export function listAnswer(name: string): JsonSchema {
  return {
    type: 'object',
    required: [name],
    properties: { [name]: { type: 'array', items: RESOURCE } },
  };
}

/** `{"source": {…}}`: one under a kind's own name. */
export function oneAnswer(name: string): JsonSchema {
  return { type: 'object', required: [name], properties: { [name]: RESOURCE } };
}

/** The body of apply and delete. Resources are checked one by one, so that the answer can name the bad one. */
export const RESOURCES_BODY = {
  type: ['object', 'null'],
  properties: { resources: { type: ['array', 'null'], items: { type: 'object' } } },
} as const;

const UPDATE: JsonSchema = {
  type: 'object',
  required: ['resource', 'status', 'reason'],
  properties: {
    resource: RESOURCE,
    status: { enum: ['created', 'configured', 'unchanged', 'invalid', 'deleted', 'in-use'] },
    reason: { type: 'string', description: 'Errors, or warnings where it was done all the same.' },
  },
};

export const UPDATES_ANSWER: JsonSchema = {
  type: 'object',
  required: ['updates'],
  properties: {
    errors: { type: 'null' },
    updates: { type: 'array', items: UPDATE },
  },
};

export const COPY_BODY = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string' } },
} as const;
