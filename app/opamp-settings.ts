import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Json } from '../src/core/document/node.ts';
import type { OwnTelemetry } from '../src/core/opamp/policy.ts';

/** What is done to agents beside giving them configs and credentials. Nothing unless it is asked for (SEC-91). */
export interface OpampSettingsOfFile {
  /** `PUT /v1/agents/{id}/restart` is carried out for agents that accept it. */
  readonly restart: boolean;
  /** Where agents are told to send their own telemetry. */
  readonly ownTelemetry?: OwnTelemetry;
}

/** Full OTLP/HTTP URLs, without credentials. */
const URL_TEXT = { type: 'string', pattern: '^https?://[^/\\s@]+/\\S*$' } as const;
const FILE = {
  type: 'object',
  additionalProperties: false,
  properties: {
    restart: { type: 'boolean' },
    ownTelemetry: {
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      properties: {
        metrics: URL_TEXT,
        traces: URL_TEXT,
        logs: URL_TEXT,
        headers: { type: 'object', additionalProperties: { type: 'string' } },
      },
    },
  },
} as const;

/** Reads the `opamp:` part of the file of `serve --config`; what is wrong with it goes to `problems`, which name `place`. */
export function readOpampSettings(
  file: Json | undefined,
  place: string,
  problems: string[],
): OpampSettingsOfFile {
  if (file === undefined) return { restart: false };
  const check = new Ajv2020({ allErrors: true }).compile<Partial<OpampSettingsOfFile>>(FILE);
  const given: unknown = file;
  if (check(given)) return { restart: false, ...given };
  for (const { instancePath, message = '', params } of check.errors ?? []) {
    const key = typeof params['additionalProperty'] === 'string' ? ` ${params['additionalProperty']}` : '';
    problems.push(`${place}${instancePath.replaceAll('/', '.')} ${message}${key}`);
  }
  return { restart: false };
}
