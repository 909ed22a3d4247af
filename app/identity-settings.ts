import { isIP } from 'node:net';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Json } from '../src/core/document/node.ts';
import type { Setting, SettingsReader } from './setting.ts';

/** Files of a certificate and its key; read again when they change. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
  /** Authority of agents' client certificates; without it none is asked for. */
  readonly clientAuthority?: string;
  /** Its private key, where this server signs agents' certificates itself. */
  readonly clientAuthorityKey?: string;
}

/** Which workflow runs get which scopes. What a rule names must be so; what it leaves out may be anything. */
export interface GitHubRule {
  readonly repository: string;
  /** GitHub's number of the repository: a new one of the same name has another. */
  readonly repositoryId: string;
  readonly ref?: string;
  readonly environment?: string;
  /** `owner/name/.github/workflows/file.yml@refs/heads/main`. */
  readonly workflow?: string;
  readonly event?: string;
  readonly scopes: readonly ('read' | 'apply' | 'rollout' | 'admin')[];
}

/** Workflows that prove themselves by GitHub's own token (OIDC). */
export interface GitHubTrust {
  readonly issuer: string;
  readonly audience: string;
  readonly rules: readonly GitHubRule[];
}

/** What agents are given and believed. */
export interface AgentPolicy {
  /** Each agent that can take one is offered a credential of its own. */
  readonly credentials: boolean;
  /** Labels that agents claim select configurations that hold secrets too. */
  readonly trustClaimedLabels: boolean;
  /** Agents without a client certificate are not let in. */
  readonly requireCertificate: boolean;
  /** Days that certificates which this server signs are good for. */
  readonly certificateDays: number;
}

/** What the settings say about keys at rest, certificates and who may do what. */
export interface IdentitySettings {
  /** AES-256 keys as text, the newest first; empty where none was set. */
  readonly encryptionKeys: readonly string[];
  readonly tls?: TlsFiles;
  readonly github?: GitHubTrust;
  readonly agents: AgentPolicy;
  /** Addresses and networks whose word counts on where a request comes from (`X-Forwarded-For`). */
  readonly trustedProxies: readonly string[];
  /** Where agents connect, as they reach it; empty: this machine. */
  readonly agentUrl: string;
}

/** Their rows in the table of variables. */
export const IDENTITY_SETTINGS: readonly Setting[] = [
  {
    name: 'COLLIE_ENCRYPTION_KEY',
    fallback: 'made and kept with the store on loopback',
    meaning: 'AES-256 key (base64, 32 bytes) for secrets in the store; older ones after it with commas',
  },
  { name: 'COLLIE_ENCRYPTION_KEY_FILE', fallback: '', meaning: 'a file with those keys, one a line' },
  {
    name: 'COLLIE_TLS_CERT',
    fallback: '',
    meaning: 'certificate file (PEM) of both listeners; read again when it changes, and on SIGHUP',
  },
  { name: 'COLLIE_TLS_KEY', fallback: '', meaning: 'its private key (PEM)' },
  {
    name: 'COLLIE_TLS_CLIENT_CA',
    fallback: '',
    meaning: "authority (PEM) of agents' client certificates, which name the instance uid",
  },
  {
    name: 'COLLIE_TLS_CLIENT_CA_KEY',
    fallback: '',
    meaning: 'its private key (PEM, P-256), where this server is to sign certificates for agents',
  },
  {
    name: 'COLLIE_AGENT_URL',
    fallback: 'COLLIE_OPAMP on this machine',
    meaning:
      'where agents connect, like `wss://collie.example.com/v1/opamp`; told with credentials of their own',
  },
  {
    name: 'COLLIE_TRUSTED_PROXIES',
    fallback: '',
    meaning:
      'addresses or networks, with commas, of proxies and other replicas: where they say that a request to REST comes from is believed',
  },
  {
    name: 'COLLIE_PLAINTEXT',
    fallback: 'false',
    meaning: 'true: serve without TLS beyond loopback, where a proxy in front ends it',
  },
];

const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';
const NAME = { type: 'string', minLength: 1, maxLength: 300 } as const;

/** The `identity:` part of the file of `serve --config`. */
const IDENTITY_FILE = {
  type: 'object',
  additionalProperties: false,
  properties: {
    github: {
      type: 'object',
      additionalProperties: false,
      required: ['audience', 'rules'],
      properties: {
        issuer: { type: 'string', pattern: '^https?://' },
        audience: NAME,
        rules: {
          type: 'array',
          minItems: 1,
          maxItems: 1000,
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['repository', 'repositoryId', 'scopes'],
            properties: {
              repository: { type: 'string', pattern: '^[\\w.-]+/[\\w.-]+$' },
              repositoryId: { type: 'string', pattern: '^[0-9]{1,20}$' },
              ref: NAME,
              environment: NAME,
              workflow: NAME,
              event: NAME,
              scopes: {
                type: 'array',
                minItems: 1,
                uniqueItems: true,
                items: { enum: ['read', 'apply', 'rollout', 'admin'] },
              },
            },
          },
        },
      },
    },
    agents: {
      type: 'object',
      additionalProperties: false,
      properties: {
        credentials: { type: 'boolean' },
        trustClaimedLabels: { type: 'boolean' },
        requireCertificate: { type: 'boolean' },
        certificateDays: { type: 'integer', minimum: 1, maximum: 825 },
      },
    },
  },
} as const;

interface IdentityFile {
  readonly github?: Omit<GitHubTrust, 'issuer'> & { readonly issuer?: string };
  readonly agents?: Partial<AgentPolicy>;
}

/** Reads them. `file` is the `identity:` part of the file, which `place` names in problems. */
export function readIdentitySettings(
  reader: SettingsReader,
  file: Json | undefined,
  place: string,
): IdentitySettings {
  const { github, agents } = identityFile(file, place, reader.problems);
  const tls = tlsFiles(reader);
  if (!reader.local && tls === undefined && reader.value('COLLIE_PLAINTEXT') !== 'true') {
    reader.problems.push(
      'COLLIE_TLS_CERT is not set, so that everybody on the way reads keys and configs; set it with COLLIE_TLS_KEY, or COLLIE_PLAINTEXT=true where a proxy in front ends TLS',
    );
  }
  if (agents?.requireCertificate === true && tls?.clientAuthority === undefined) {
    reader.problems.push(`${place}.agents.requireCertificate needs COLLIE_TLS_CLIENT_CA`);
  }
  return {
    encryptionKeys: encryptionKeys(reader),
    ...(tls === undefined ? {} : { tls }),
    ...(github === undefined ? {} : { github: { issuer: GITHUB_ISSUER, ...github } }),
    // On this machine alone everybody who tries it out labels agents by their own words.
    agents: {
      credentials: false,
      trustClaimedLabels: reader.local,
      requireCertificate: false,
      certificateDays: 30,
      ...agents,
    },
    agentUrl: agentUrl(reader, agents?.credentials === true),
    trustedProxies: trustedProxies(reader),
  };
}

function identityFile(file: Json | undefined, place: string, problems: string[]): IdentityFile {
  if (file === undefined) return {};
  const check = new Ajv2020({ allErrors: true }).compile<IdentityFile>(IDENTITY_FILE);
  if (check(file)) {
    const rules = file.github?.rules ?? [];
    for (const [index, { ref, environment, scopes }] of rules.entries()) {
      const changes = scopes.some((scope) => scope !== 'read');
      if (changes && ref === undefined && environment === undefined) {
        problems.push(
          `${place}.github.rules.${index} lets every branch of its repository do more than read; name its ref or its environment`,
        );
      }
    }
    return file;
  }
  for (const { instancePath, message = '', params } of check.errors ?? []) {
    const key = typeof params['additionalProperty'] === 'string' ? ` ${params['additionalProperty']}` : '';
    problems.push(`${place}${instancePath.replaceAll('/', '.')} ${message}${key}`);
  }
  return {};
}

function trustedProxies({ value, problems }: SettingsReader): readonly string[] {
  const given = value('COLLIE_TRUSTED_PROXIES').split(',');
  const proxies = given.map((text) => text.trim()).filter((text) => text !== '');
  for (const proxy of proxies) {
    const [address = '', bits, ...rest] = proxy.split('/');
    const most = isIP(address) === 6 ? 128 : 32;
    const isNetwork =
      bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) > 0 && Number(bits) <= most);
    if (isIP(address) === 0 || !isNetwork || rest.length > 0) {
      problems.push(
        `COLLIE_TRUSTED_PROXIES holds ${proxy}, which is no address and no network like 10.0.0.0/8`,
      );
    }
  }
  return proxies;
}

function agentUrl({ value, local, problems }: SettingsReader, isOffered: boolean): string {
  const url = value('COLLIE_AGENT_URL');
  if (url !== '' && !/^(?:wss?|https?):\/\/[^/\s@]+\S*$/.test(url)) {
    problems.push(
      'COLLIE_AGENT_URL is no ws(s) or http(s) URL; write it like wss://collie.example.com/v1/opamp',
    );
  }
  if (url === '' && isOffered && !local) {
    problems.push(
      'COLLIE_AGENT_URL is not set; agents that are offered credentials are told where to connect',
    );
  }
  return url;
}

function tlsFiles({ value, readFile, problems }: SettingsReader): TlsFiles | undefined {
  const [certificate, key, clientAuthority, clientAuthorityKey] = [
    value('COLLIE_TLS_CERT'),
    value('COLLIE_TLS_KEY'),
    value('COLLIE_TLS_CLIENT_CA'),
    value('COLLIE_TLS_CLIENT_CA_KEY'),
  ];
  for (const [name, path] of [
    ['COLLIE_TLS_CERT', certificate],
    ['COLLIE_TLS_KEY', key],
    ['COLLIE_TLS_CLIENT_CA', clientAuthority],
    ['COLLIE_TLS_CLIENT_CA_KEY', clientAuthorityKey],
  ] as const) {
    if (path !== '' && readFile(path) === undefined) problems.push(`${name}=${path} cannot be read`);
  }
  if ((certificate === '') !== (key === '')) {
    problems.push('COLLIE_TLS_CERT and COLLIE_TLS_KEY go together; one is missing');
  }
  if (clientAuthorityKey !== '' && clientAuthority === '') {
    problems.push('COLLIE_TLS_CLIENT_CA_KEY needs COLLIE_TLS_CLIENT_CA');
  }
  if (certificate === '' && clientAuthority !== '') {
    problems.push('COLLIE_TLS_CLIENT_CA needs COLLIE_TLS_CERT and COLLIE_TLS_KEY');
  }
  if (certificate === '' || key === '') return undefined;
  return {
    certificate,
    key,
    ...(clientAuthority === '' ? {} : { clientAuthority }),
    ...(clientAuthorityKey === '' ? {} : { clientAuthorityKey }),
  };
}

function encryptionKeys({ value, readFile, local, problems }: SettingsReader): readonly string[] {
  const path = value('COLLIE_ENCRYPTION_KEY_FILE');
  const text = path === '' ? undefined : readFile(path);
  if (path !== '' && text === undefined) problems.push(`COLLIE_ENCRYPTION_KEY_FILE=${path} cannot be read`);
  const keys = `${value('COLLIE_ENCRYPTION_KEY')},${text ?? ''}`
    .split(/[,\n]/)
    .map((key) => key.trim())
    .filter((key) => key !== '');
  const good = keys.filter((key) => /^[0-9a-f]{64}$/i.test(key) || /^[\w+/-]{43}=?$/.test(key));
  if (good.length < keys.length) {
    problems.push(
      'COLLIE_ENCRYPTION_KEY holds what is no key of 32 bytes as base64 or hex; make one with: openssl rand -base64 32',
    );
  }
  if (keys.length === 0 && !local) {
    problems.push(
      'COLLIE_ENCRYPTION_KEY is not set; it is required when the server can be reached from other machines. Make one with: openssl rand -base64 32',
    );
  }
  return good;
}
