import { LABELS, type JsonSchema } from './common.ts';

export const AGENTS_QUERY = {
  type: 'object',
  properties: {
    selector: {
      type: 'string',
      maxLength: 1024,
      description: 'Labels that must be there: `a=b,c=d`.',
    },
    query: {
      type: 'string',
      maxLength: 1024,
      description: 'Terms that must all hold: `status:error -env:prod`.',
    },
    sort: {
      type: 'string',
      maxLength: 1024,
      description: 'A field, `-` before it for descending.',
    },
    limit: { type: 'string', pattern: '^[0-9]{0,9}$', description: '0 or nothing: all.' },
    offset: { type: 'string', pattern: '^[0-9]{0,9}$' },
  },
} as const;

const AGENT: JsonSchema = {
  type: 'object',
  required: [
    'id',
    'name',
    'type',
    'arch',
    'hostname',
    'labels',
    'version',
    'platform',
    'status',
    'configurationStatus',
  ],
  properties: {
    id: { type: 'string' },
    name: { type: 'string' },
    type: { type: 'string' },
    arch: { type: 'string' },
    hostname: { type: 'string' },
    labels: LABELS,
    version: { type: 'string' },
    home: { type: 'string' },
    platform: { type: 'string' },
    operatingSystem: { type: 'string' },
    macAddress: { type: 'string' },
    remoteAddress: { type: 'string' },
    status: {
      type: 'integer',
      description: '0 disconnected, 1 connected, 2 error, 5 deleted, 6 configuring.',
    },
    errorMessage: { type: 'string', description: "The agent's own words." },
    connectedAt: { type: 'string' },
    disconnectedAt: { type: 'string' },
    reported_at: { type: 'string' },
    protocol: { type: 'string' },
    configurationStatus: {
      type: 'object',
      properties: { current: { type: 'string' }, pending: { type: 'string' }, future: { type: 'string' } },
    },
    components: { type: 'object' },
    packages: { type: 'array', items: { type: 'object', additionalProperties: { type: 'string' } } },
  },
};

export const AGENTS_ANSWER: JsonSchema = {
  type: 'object',
  required: ['agents'],
  properties: { agents: { type: 'array', items: AGENT } },
};

export const AGENT_ANSWER: JsonSchema = {
  type: 'object',
  required: ['agent'],
  properties: { agent: AGENT },
};

export const LABELS_ANSWER: JsonSchema = {
  type: 'object',
  required: ['errors', 'labels'],
  properties: { errors: { type: 'null' }, labels: LABELS },
};

export const LABELS_BODY = {
  type: 'object',
  required: ['labels'],
  properties: { labels: { type: 'object', maxProperties: 256, additionalProperties: { type: 'string' } } },
} as const;

export const OVERWRITE_QUERY = {
  type: 'object',
  properties: { overwrite: { enum: ['true', 'false', ''] } },
} as const;

export const IDS_BODY = {
  type: 'object',
  properties: { ids: { type: 'array', maxItems: 100_000, items: { type: 'string' } } },
} as const;

export const BULK_LABELS_BODY = {
  type: 'object',
  required: ['ids', 'labels'],
  properties: {
    ids: { type: 'array', maxItems: 100_000, items: { type: 'string' } },
    labels: { type: 'object', maxProperties: 256, additionalProperties: { type: 'string' } },
    overwrite: { type: 'boolean' },
  },
} as const;

export const BULK_ANSWER: JsonSchema = {
  type: 'object',
  required: ['errors'],
  properties: { errors: { type: 'array', items: { type: 'string' } } },
};

export const VERSION_BODY = {
  type: 'object',
  required: ['version'],
  properties: { version: { type: 'string' } },
} as const;

export const BULK_VERSION_BODY = {
  type: 'object',
  required: ['ids', 'version'],
  properties: {
    ids: { type: 'array', maxItems: 100_000, items: { type: 'string' } },
    version: { type: 'string' },
  },
} as const;

export const INSTALL_QUERY = {
  type: 'object',
  properties: {
    platform: {
      type: 'string',
      maxLength: 1024,
      description:
        'linux, macos, windows, each with or without an architecture; kubernetes-daemonset, kubernetes-deployment.',
    },
    version: { type: 'string', maxLength: 1024 },
    labels: { type: 'string', maxLength: 1024 },
    'secret-key': { type: 'string', maxLength: 1024 },
    'remote-url': { type: 'string', maxLength: 1024 },
  },
} as const;

export const INSTALL_ANSWER: JsonSchema = {
  type: 'object',
  required: ['command'],
  properties: { command: { type: 'string' } },
};

export const AGENT_VERSION_PARAMS = {
  type: 'object',
  required: ['version'],
  properties: { type: { type: 'string' }, version: { type: 'string' } },
} as const;
