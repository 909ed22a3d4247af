import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Json } from '../src/core/document/node.ts';
import { isReference } from '../src/core/document/secret-keys.ts';
import { isLoopback } from './setting.ts';

/** What `metrics:` in the file of `serve --config` says of collectors' own metrics. */
export interface MetricsSettings {
  /** Configs that are saved from now on are given a reader that sends them here. */
  readonly reader: boolean;
  /** Where collectors send them, as they reach it; undefined: beside the OpAMP endpoint. */
  readonly endpoint?: string;
  readonly intervalMs: number;
  /** What they show: references to their environment, never the value itself. */
  readonly headers: Readonly<Record<string, string>>;
  /** Files on the collectors' machines: a private authority of the endpoint, and their client certificates. */
  readonly tls?: {
    readonly certificateAuthority?: string;
    readonly certificate?: string;
    readonly key?: string;
  };
  /** Whether the reader on localhost:8888 that every collector has by default is kept beside ours. */
  readonly prometheus: boolean;
  /** Length of the windows they are judged by. */
  readonly windowMs: number;
}

/** The enrolment key, under the name that a supervisor's file takes it from too; a collector has its supervisor's environment. */
export const METRICS_SETTINGS: MetricsSettings = {
  reader: false,
  intervalMs: 10_000,
  headers: { Authorization: 'Secret-Key ${env:COLLIE_SECRET_KEY}' },
  prometheus: true,
  windowMs: 10_000,
};

const FILE = {
  type: 'object',
  additionalProperties: false,
  properties: {
    reader: { type: 'boolean' },
    endpoint: { type: 'string', pattern: '^https?://[^/\\s@]+/\\S*$' },
    intervalMs: { type: 'integer', minimum: 500, maximum: 60_000 },
    headers: { type: 'object', additionalProperties: { type: 'string' } },
    tls: {
      type: 'object',
      additionalProperties: false,
      properties: {
        certificateAuthority: { type: 'string', minLength: 1 },
        certificate: { type: 'string', minLength: 1 },
        key: { type: 'string', minLength: 1 },
      },
      dependentRequired: { certificate: ['key'], key: ['certificate'] },
    },
    prometheus: { type: 'boolean' },
    windowMs: { type: 'integer', minimum: 500, maximum: 60_000 },
  },
} as const;

/** Reads the `metrics:` part of the file of `serve --config`; what is wrong with it goes to `problems`, which name `place`. */
export function readMetricsSettings(
  file: Json | undefined,
  place: string,
  problems: string[],
): MetricsSettings {
  if (file === undefined) return METRICS_SETTINGS;
  const check = new Ajv2020({ allErrors: true }).compile<Partial<MetricsSettings>>(FILE);
  const given: unknown = file;
  if (!check(given)) {
    for (const { instancePath, message = '', params } of check.errors ?? []) {
      const key = typeof params['additionalProperty'] === 'string' ? ` ${params['additionalProperty']}` : '';
      problems.push(`${place}${instancePath.replaceAll('/', '.')} ${message}${key}`);
    }
    return METRICS_SETTINGS;
  }
  for (const [name, value] of Object.entries(given.headers ?? {})) {
    if (isReference(value)) continue;
    // The value may be the secret itself, so it is not repeated.
    problems.push(
      `${place}.headers.${name} would stand in every config as it is; write a reference that collectors resolve, like "Secret-Key \${env:COLLIE_SECRET_KEY}"`,
    );
  }
  return { ...METRICS_SETTINGS, ...given };
}

/**
 * Why collectors could not be asked: they are told where to send, and a key does not travel in the clear. Undefined when they can.
 * `agentUrl` and `local` are those of the identity settings.
 */
export function endpointProblem(
  { reader, endpoint }: MetricsSettings,
  agentUrl: string,
  local: boolean,
): string | undefined {
  if (!reader) return undefined;
  const url = endpoint ?? agentUrl.replace(/^ws/, 'http');
  if (url === '') {
    return local
      ? undefined
      : 'metrics.endpoint is not set, nor is COLLIE_AGENT_URL; collectors are told where to send their metrics, like https://collie.example.com/v1/metrics';
  }
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:' || isLoopback(hostname.replace(/^\[|\]$/g, ''))) return undefined;
  return `${endpoint === undefined ? 'COLLIE_AGENT_URL' : 'metrics.endpoint'} is plain http to another machine, where anybody on the way reads the key; write https`;
}
