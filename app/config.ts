import { randomBytes } from 'node:crypto';
import { parseYaml } from '../src/core/document/yaml.ts';
import { plain, isMap } from '../src/core/document/node.ts';
import type { Json, JsonMap } from '../src/core/document/node.ts';
import { OperationError } from '../src/ports/operation-error.ts';
import { IDENTITY_SETTINGS, readIdentitySettings } from './identity-settings.ts';
import type { IdentitySettings } from './identity-settings.ts';
import type { AppLimits, RolloutTimings } from './limits.ts';
import { APP_LIMITS, LOOPBACK_TIMINGS, ROLLOUT_TIMINGS } from './limits.ts';
import { endpointProblem, METRICS_SETTINGS, readMetricsSettings } from './metrics-settings.ts';
import type { MetricsSettings } from './metrics-settings.ts';
import { readOpampSettings } from './opamp-settings.ts';
import type { OpampSettingsOfFile } from './opamp-settings.ts';
import type { Setting } from './setting.ts';
import { isLoopback } from './setting.ts';
import { readTelemetrySettings, TELEMETRY_SETTINGS } from './telemetry-settings.ts';
import type { TelemetrySettings } from './telemetry-settings.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface GitHubAppSettings {
  readonly appId: string;
  readonly privateKey: string;
  readonly webhookSecret: string;
}

/** A BindPlane server whose rollouts are watched: where it is, and how to prove who asks. */
export interface BindplaneSettings {
  readonly url: string;
  readonly apiKey?: string;
  readonly username?: string;
  readonly password?: string;
  /** PEM text of a private certificate authority. */
  readonly certificateAuthority?: string;
}

/** Everything `collie serve` was told, checked. */
export interface AppConfig {
  readonly http: Address;
  readonly opamp: Address;
  readonly store: string;
  /** Where other replicas reach this one's REST API; undefined: at the address it listens on. */
  readonly advertise?: string;
  readonly secretKeys: readonly string[];
  readonly apiKey: string;
  readonly username: string;
  readonly password: string;
  /** Undefined: control plane only. */
  readonly github?: GitHubAppSettings;
  /** Undefined: our own engine's rollouts alone are told. */
  readonly bindplane?: BindplaneSettings;
  readonly limits: AppLimits;
  readonly timings: RolloutTimings;
  readonly identity: IdentitySettings;
  /** What is done to agents beside configs and credentials. */
  readonly agentPolicy: OpampSettingsOfFile;
  /** What collectors are asked to tell of themselves. */
  readonly metrics: MetricsSettings;
  /** Undefined: the app's own traces and metrics are sent nowhere. */
  readonly telemetry?: TelemetrySettings;
  /** Keys that were made because none was given, to be printed once: name and value. */
  readonly made: readonly (readonly [string, string])[];
}

export const SETTINGS: readonly Setting[] = [
  {
    name: 'COLLIE_HTTP',
    fallback: '127.0.0.1:3001',
    meaning: 'where REST, pages, webhooks and OpAMP are served',
  },
  { name: 'COLLIE_OPAMP', fallback: '127.0.0.1:4320', meaning: 'where agents connect (`/v1/opamp`)' },
  {
    name: 'COLLIE_STORE',
    fallback: './.collie',
    meaning: 'folder of the store (SQLite, one process), or `postgres://…` (one or more replicas)',
  },
  {
    name: 'COLLIE_ADVERTISE',
    fallback: 'where it listens',
    meaning:
      "URL at which other replicas reach this one's COLLIE_HTTP; needed with `postgres://` off loopback",
  },
  {
    name: 'COLLIE_SECRET_KEY',
    fallback: 'made and printed on loopback',
    meaning: 'what agents enrol with; several with commas',
  },
  {
    name: 'COLLIE_API_KEY',
    fallback: 'made and printed on loopback',
    meaning: 'REST by `X-Bindplane-Api-Key`',
  },
  { name: 'COLLIE_USERNAME', fallback: '', meaning: 'REST by HTTP basic, with COLLIE_PASSWORD' },
  { name: 'COLLIE_PASSWORD', fallback: '', meaning: 'REST by HTTP basic, with COLLIE_USERNAME' },
  ...IDENTITY_SETTINGS,
  ...TELEMETRY_SETTINGS,
  {
    name: 'COLLIE_SOAK_MS',
    fallback: '12000, on loopback 1000',
    meaning: 'how long an applied config must stay healthy',
  },
  {
    name: 'COLLIE_DEADLINE_MS',
    fallback: '60000',
    meaning: 'how long an agent may be silent after an offer',
  },
  { name: 'APP_ID', fallback: '', meaning: 'the GitHub App; without it: control plane only' },
  { name: 'PRIVATE_KEY', fallback: '', meaning: "the GitHub App's private key (PEM)" },
  { name: 'PRIVATE_KEY_PATH', fallback: '', meaning: 'a file with that key, instead of PRIVATE_KEY' },
  { name: 'WEBHOOK_SECRET', fallback: '', meaning: "the GitHub App's webhook secret" },
  { name: 'GHE_HOST', fallback: 'github.com', meaning: 'host of a GitHub Enterprise Server' },
  { name: 'GHE_PROTOCOL', fallback: 'https', meaning: 'how to reach GHE_HOST: https or http' },
  {
    name: 'BINDPLANE_REMOTE_URL',
    fallback: '',
    meaning: 'a BindPlane server whose rollouts are told on pull requests too',
  },
  { name: 'BINDPLANE_API_KEY', fallback: '', meaning: 'a key for it; reading is enough' },
  { name: 'BINDPLANE_USERNAME', fallback: '', meaning: 'with BINDPLANE_PASSWORD, where it has no keys' },
  { name: 'BINDPLANE_PASSWORD', fallback: '', meaning: 'with BINDPLANE_USERNAME' },
  { name: 'BINDPLANE_TLS_CA', fallback: '', meaning: 'PEM text of its private certificate authority' },
];

/** What is read from outside: variables, and the text of files they name. */
export interface ConfigSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The file of `--config`, where there is one. */
  readonly file?: { readonly name: string; readonly text: string };
  /** Reads a file that a variable names; undefined when it cannot be read. */
  readonly readFile: (path: string) => string | undefined;
}

const MIN_SECRET_CHARACTERS = 16;

/** Reads all settings. Throws one OperationError that names every problem at once. */
export function readConfig(sources: ConfigSources): AppConfig {
  const problems: string[] = [];
  const value = (name: string): string => sources.environment[name]?.trim() ?? '';
  const http = address(value('COLLIE_HTTP') || '127.0.0.1:3001', 'COLLIE_HTTP', problems);
  const opamp = address(value('COLLIE_OPAMP') || '127.0.0.1:4320', 'COLLIE_OPAMP', problems);
  const local = isLoopback(http.host) && isLoopback(opamp.host);
  const made: [string, string][] = [];
  const secretKey = key('COLLIE_SECRET_KEY', value('COLLIE_SECRET_KEY'), local, true, made, problems);
  const username = value('COLLIE_USERNAME');
  const password = value('COLLIE_PASSWORD');
  if ((username === '') !== (password === '')) {
    problems.push('COLLIE_USERNAME and COLLIE_PASSWORD go together; one is missing');
  }
  const apiKey = key('COLLIE_API_KEY', value('COLLIE_API_KEY'), local, username === '', made, problems);
  const file = fileSettings(sources.file, problems);
  const github = githubSettings(sources, value, problems);
  const bindplane = bindplaneSettings(http, value, problems);
  const store = value('COLLIE_STORE') || './.collie';
  const advertise = advertised(value('COLLIE_ADVERTISE'), store, http, problems);
  const timings = rolloutTimings(local, file.rollout, value, problems);
  const reader = { value, readFile: sources.readFile, local, problems };
  const identity = readIdentitySettings(reader, file.identity, `${sources.file?.name ?? ''}: identity`);
  const telemetry = readTelemetrySettings(reader);
  const unreachable = endpointProblem(file.metrics, identity.agentUrl, local);
  if (unreachable !== undefined) problems.push(unreachable);
  if (problems.length > 0) throw configError(problems);
  return {
    http,
    opamp,
    store,
    ...(advertise === undefined ? {} : { advertise }),
    secretKeys: secretKey
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
    apiKey,
    username,
    password,
    ...(github === undefined ? {} : { github }),
    ...(bindplane === undefined ? {} : { bindplane }),
    limits: { ...APP_LIMITS, ...file.limits },
    timings,
    identity,
    agentPolicy: file.agentPolicy,
    metrics: file.metrics,
    ...(telemetry === undefined ? {} : { telemetry }),
    made,
  };
}

function configError(problems: readonly string[]): OperationError {
  const list = problems.map((problem) => `\n  - ${problem}`).join('');
  return new OperationError({ code: 'bad-settings', message: `collie serve cannot start:${list}`, hint: '' });
}

function address(text: string, name: string, problems: string[]): Address {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    problems.push(`${name}=${text} is no address; write it like 127.0.0.1:3001`);
    return { host: '127.0.0.1', port: 0 };
  }
  return { host: match[1] ?? (match[2] || '0.0.0.0'), port };
}

/** Replicas hand requests to the one that decides, so each has to say where it is reached. */
function advertised(text: string, store: string, http: Address, problems: string[]): string | undefined {
  if (text === '') {
    if (store.includes('://') && ['0.0.0.0', '::'].includes(http.host)) {
      problems.push(
        `COLLIE_ADVERTISE is not set; with a store that replicas share and COLLIE_HTTP on every address they need a way to this one, like http://10.0.0.7:${http.port}`,
      );
    }
    return undefined;
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.pathname !== '/') {
    problems.push('COLLIE_ADVERTISE is no http(s) URL without a path; write it like http://10.0.0.7:3001');
  }
  return text;
}

/** A key that was given, or made where only this machine can reach the server. */
function key(
  name: string,
  given: string,
  local: boolean,
  needed: boolean,
  made: [string, string][],
  problems: string[],
): string {
  if (given === '') {
    if (!needed) return '';
    if (!local) {
      problems.push(`${name} is not set; it is required when the server can be reached from other machines`);
      return '';
    }
    const fresh = randomBytes(24).toString('base64url');
    made.push([name, fresh]);
    return fresh;
  }
  const short = given.split(',').some((part) => part.trim().length < MIN_SECRET_CHARACTERS);
  if (!local && short) problems.push(`${name} is shorter than ${MIN_SECRET_CHARACTERS} characters`);
  return given;
}

function githubSettings(
  { readFile }: ConfigSources,
  value: (name: string) => string,
  problems: string[],
): GitHubAppSettings | undefined {
  const appId = value('APP_ID');
  const path = value('PRIVATE_KEY_PATH');
  const fromFile = path === '' ? '' : (readFile(path) ?? '');
  const privateKey = value('PRIVATE_KEY') || fromFile;
  const webhookSecret = value('WEBHOOK_SECRET');
  if (path !== '' && fromFile === '') problems.push(`PRIVATE_KEY_PATH=${path} cannot be read`);
  if (appId === '' && privateKey === '' && webhookSecret === '') return undefined;
  for (const [name, text] of [
    ['APP_ID', appId],
    ['PRIVATE_KEY', privateKey],
    ['WEBHOOK_SECRET', webhookSecret],
  ] as const) {
    if (text === '') {
      problems.push(`${name} is not set, but other settings of the GitHub App are; it needs all three`);
    }
  }
  if (webhookSecret !== '' && webhookSecret.length < MIN_SECRET_CHARACTERS) {
    problems.push(
      `WEBHOOK_SECRET is shorter than ${MIN_SECRET_CHARACTERS} characters; anybody could guess it`,
    );
  }
  return { appId, privateKey: privateKey.replaceAll(String.raw`\n`, '\n'), webhookSecret };
}

function bindplaneSettings(
  own: Address,
  value: (name: string) => string,
  problems: string[],
): BindplaneSettings | undefined {
  const text = value('BINDPLANE_REMOTE_URL');
  if (text === '') return undefined;
  const problem = urlProblem(text, own);
  // The address itself may hold a secret, so it is not repeated.
  if (problem !== undefined) problems.push(`BINDPLANE_REMOTE_URL ${problem}`);
  const [apiKey, username, password, certificateAuthority] = [
    value('BINDPLANE_API_KEY'),
    value('BINDPLANE_USERNAME'),
    value('BINDPLANE_PASSWORD'),
    value('BINDPLANE_TLS_CA'),
  ];
  if (apiKey === '' && username === '' && password === '') {
    problems.push(
      'BINDPLANE_API_KEY is not set, nor are BINDPLANE_USERNAME and BINDPLANE_PASSWORD; BINDPLANE_REMOTE_URL needs one or the other',
    );
  } else if (apiKey === '' && (username === '' || password === '')) {
    problems.push('BINDPLANE_USERNAME and BINDPLANE_PASSWORD go together; one is missing');
  }
  return {
    url: text,
    ...(apiKey === '' ? {} : { apiKey }),
    ...(username === '' ? {} : { username, password }),
    ...(certificateAuthority === '' ? {} : { certificateAuthority }),
  };
}

/** Why a BindPlane server at this URL cannot be watched; undefined when it can. `own` is where this server listens. */
function urlProblem(text: string, own: Address): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    return 'is no http(s) URL; write it like https://app.bindplane.com';
  }
  if (url.username !== '' || url.password !== '') {
    return 'holds credentials; set BINDPLANE_API_KEY, or BINDPLANE_USERNAME and BINDPLANE_PASSWORD instead';
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.protocol === 'http:' && !isLoopback(host)) {
    return 'is plain http to another machine, where anybody on the way reads the key; write https';
  }
  const port = Number(url.port) || (url.protocol === 'http:' ? 80 : 443);
  const itself = port === own.port && (host === own.host || isLoopback(host));
  return itself ? 'is this server itself, which tells its own rollouts anyway; take it out' : undefined;
}

interface FileSettings {
  readonly limits: Partial<AppLimits>;
  readonly rollout: Partial<RolloutTimings>;
  readonly identity?: Json;
  readonly agentPolicy: OpampSettingsOfFile;
  readonly metrics: MetricsSettings;
}

function fileSettings(file: ConfigSources['file'], problems: string[]): FileSettings {
  if (file === undefined) {
    return { limits: {}, rollout: {}, agentPolicy: { restart: false }, metrics: METRICS_SETTINGS };
  }
  const parsed = parseYaml(file.name, file.text);
  for (const { message, at } of parsed.findings) {
    problems.push(`${file.name}${at === undefined ? '' : `:${at.line}`}: ${message}`);
  }
  const root = plain(parsed.documents[0]?.root);
  const settings = isMap(root) ? root : {};
  for (const name of Object.keys(settings)) {
    if (!['limits', 'rollout', 'identity', 'opamp', 'metrics'].includes(name)) {
      problems.push(`${file.name}: unknown key ${name}; it has limits, rollout, identity, opamp and metrics`);
    }
  }
  return {
    limits: numbers(settings['limits'], Object.keys(APP_LIMITS), `${file.name}: limits`, problems),
    rollout: numbers(settings['rollout'], Object.keys(LOOPBACK_TIMINGS), `${file.name}: rollout`, problems),
    ...(settings['identity'] === undefined ? {} : { identity: settings['identity'] }),
    agentPolicy: readOpampSettings(settings['opamp'], `${file.name}: opamp`, problems),
    metrics: readMetricsSettings(settings['metrics'], `${file.name}: metrics`, problems),
  };
}

function numbers(
  value: Json | undefined,
  known: readonly string[],
  place: string,
  problems: string[],
): Record<string, number> {
  const map: JsonMap = isMap(value) ? value : {};
  const found: Record<string, number> = {};
  for (const [name, item] of Object.entries(map)) {
    if (!known.includes(name)) problems.push(`${place}.${name} is unknown; there are ${known.join(', ')}`);
    else if (typeof item !== 'number' || !Number.isFinite(item) || item < 0) {
      problems.push(`${place}.${name} must be a number, zero or more`);
    } else found[name] = item;
  }
  return found;
}

function rolloutTimings(
  local: boolean,
  file: Partial<RolloutTimings>,
  value: (name: string) => string,
  problems: string[],
): RolloutTimings {
  const variables = [
    ['COLLIE_SOAK_MS', 'soakMs'],
    ['COLLIE_DEADLINE_MS', 'deadlineMs'],
  ] as const;
  const given: Partial<Record<keyof RolloutTimings, number>> = {};
  for (const [name, field] of variables) {
    const text = value(name);
    if (text === '') continue;
    if (/^\d{1,9}$/.test(text)) given[field] = Number(text);
    else problems.push(`${name}=${text} must be a number of milliseconds`);
  }
  return { ...(local ? LOOPBACK_TIMINGS : ROLLOUT_TIMINGS), ...file, ...given };
}
