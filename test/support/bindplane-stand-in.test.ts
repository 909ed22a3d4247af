import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json, JsonMap } from '../../src/core/document/node.ts';
import { startBindplane, type BindplaneStandIn } from './bindplane-stand-in.ts';

/** Exchanges recorded from bindplane 1.35.0 (Apache-2.0, observIQ), in the order of their recording. */
const RECORDINGS = join(import.meta.dirname, 'golden', 'bindplane-rest');

interface Exchange {
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly query: Readonly<Record<string, string>>;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Json;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Json;
  };
}

function recording(number: string): { name: string; exchanges: readonly Exchange[] } {
  const file = readdirSync(RECORDINGS).find((name) => name.startsWith(`${number}-`)) ?? '';
  return JSON.parse(readFileSync(join(RECORDINGS, file), 'utf8')) as { name: string; exchanges: Exchange[] };
}

/** Keys and types of a JSON value; the elements of a list count as one. */
function shape(value: Json | undefined): unknown {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? [] : [merged(value.map(shape))];
  if (typeof value !== 'object') return typeof value;
  const entries = Object.entries(value).filter(([key]) => key !== 'x-trimmed');
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, member]) => [key, shape(member)]),
  );
}

/** One shape that holds every key any of them has. */
function merged(shapes: readonly unknown[]): unknown {
  const maps = shapes.filter(
    (one): one is Record<string, unknown> => typeof one === 'object' && one !== null && !Array.isArray(one),
  );
  const lists = shapes.filter((one): one is unknown[] => Array.isArray(one));
  if (lists.length > 0 && lists.length === shapes.length) {
    return lists.some((list) => list.length > 0) ? [merged(lists.flat())] : [];
  }
  if (maps.length < shapes.length) {
    return [...new Set(shapes.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))))]
      .sort()
      .join(' or ');
  }
  const keys = [...new Set(maps.flatMap((map) => Object.keys(map)))].sort();
  return Object.fromEntries(
    keys.map((key) => [key, merged(maps.flatMap((map) => (key in map ? [map[key]] : [])))]),
  );
}

const TYPES: readonly JsonMap[] = Object.entries({
  SourceType: ['otlp', 'host', 'file', 'journald', 'syslog'],
  DestinationType: ['otlp_grpc', 'prometheus', 'loki', 'datadog', 'logging', 'googlecloud'],
  ProcessorType: ['batch', 'add_fields', 'custom', 'resource_attribute_transposer'],
}).flatMap(([kind, names]) =>
  names.map((name) => ({
    apiVersion: 'bindplane.observiq.com/v1',
    kind,
    metadata: { name },
    spec: {
      parameters: [
        { name: 'grpc_port', type: 'int' },
        { name: 'parse_format', type: 'enum', validValues: ['none', 'json', 'regex'] },
        { name: 'api_key', type: 'string', options: { sensitive: true } },
      ],
    },
  })),
);

/** Real bytes of these would need the real types; the stand-in takes any renderer. */
const render = (): string => 'receivers: {}\n';

const BROKEN =
  'Failed to apply config changes: failed to reload config: collector.yaml: collector failed to restart: cannot start pipelines';

let server: BindplaneStandIn;

async function replay(exchange: Exchange): Promise<{ status: number; type: string; body: Json | undefined }> {
  const { method, path, query, headers, body } = exchange.request;
  const { 'User-Agent': _client, ...sent } = headers;
  const search = new URLSearchParams(query).toString();
  const response = await fetch(`${server.url}${path}${search === '' ? '' : `?${search}`}`, {
    method,
    headers: sent,
    ...(method === 'GET' || (body === null && sent['Content-Type'] === undefined)
      ? {}
      : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  return {
    status: response.status,
    type,
    body: text === '' ? undefined : type.includes('html') ? text : (JSON.parse(text) as Json),
  };
}

/** What happens between recordings: agents connect, or time passes. */
type Step = string | (() => void);

const EMPTY: readonly Step[] = ['09', '10', '13', '14', '15', '16', '17', '18', '19', '20', '23', '32'];
const APPLY: readonly Step[] = [
  '33',
  '34',
  '35',
  '36',
  '37',
  '38',
  '39',
  '40',
  '45',
  '46',
  '47',
  '48',
  '51',
  '52',
  '53',
  '55',
  '56',
  '57',
  '58',
  '59',
  '60',
  '61',
  '65',
  '68',
  '70',
  '71',
  '74',
  '75',
  '80',
  '81',
  '83',
  '84',
];
const READ: readonly Step[] = ['93', '97', '102', '108', '112', '115', '117', '124', '125', '126', '127'];
const DELETE: readonly Step[] = ['137', '141', '143', '144', '145', '146', '147', '148'];
const EMPTY_ROLLOUT: readonly Step[] = ['151', '152', '154', '155', '156'];
const AGENTS: readonly Step[] = [connectAgents, '160', '163', '165', '168', '169', '171', '172'];
const ROLLOUT: readonly Step[] = [
  '181',
  '182',
  tick,
  '183',
  '185',
  '186',
  '187',
  '189',
  '190',
  '191',
  '192',
  tick,
  '193',
  tick,
  '194',
  tick,
  '222',
  '223',
  '225',
];
const REFUSED: readonly Step[] = [
  moveToBroken,
  '210',
  tick,
  '211',
  '213',
  '214',
  '215',
  '216',
  '217',
  tick,
  '218',
];
/** Here the numbers count too: what a rollout does, step by step. */
const COUNTED: ReadonlySet<Step> = new Set([...ROLLOUT.slice(0, -3), ...REFUSED]);

function connectAgents(): void {
  const ids = ['0001697M4MEQV9DM07HH560MTP', '0001ZTAWEFEQD9MF8YC0E12PGB', '0002ZTAWEFEQD9MF8YC0E12PGB'];
  ids.forEach((id, index) =>
    server.addAgent({
      id,
      name: `lab-host-0000${index}`,
      version: '1.30.0',
      labels: { configuration: 'multi', ...(index === 0 && { env: 'stage' }) },
    }),
  );
}

function tick(): void {
  server.tick();
}

function moveToBroken(): void {
  for (const agent of server.agents.slice(1)) agent.labels['configuration'] = 'rawbroken';
}

describe('the BindPlane stand-in answers as bindplane 1.35.0 was recorded', () => {
  beforeAll(async () => {
    server = await startBindplane({
      vintage: '1.35',
      types: TYPES,
      credentials: { username: 'admin', password: 'lab-password' },
      render,
      refuses: (agent) => (agent.pending.startsWith('rawbroken') ? BROKEN : undefined),
    });
  });
  afterAll(() => server.close());

  const steps = [...EMPTY, ...APPLY, ...READ, ...DELETE, ...EMPTY_ROLLOUT, ...AGENTS, ...ROLLOUT, ...REFUSED];
  let before: (() => void)[] = [];
  for (const step of steps) {
    if (typeof step !== 'string') {
      before.push(step);
      continue;
    }
    const { name, exchanges } = recording(step);
    const preparations = before;
    before = [];
    it(`${step} ${name}`, async () => {
      for (const prepare of preparations) prepare();
      for (const exchange of exchanges) {
        const answer = await replay(exchange);
        expect({ status: answer.status, type: answer.type, shape: shape(answer.body) }).toEqual({
          status: exchange.response.status,
          type: exchange.response.headers['Content-Type'] ?? '',
          shape: shape(exchange.response.body ?? undefined),
        });
        expect(counted(step, answer.body)).toEqual(counted(step, exchange.response.body));
      }
    });
  }
});

/** Status, phase and counts of the rollout an answer shows, where they are compared. */
function counted(step: Step, body: Json | undefined): unknown {
  if (!COUNTED.has(step)) return undefined;
  const configuration = (body as { configuration?: { status?: { rollout?: JsonMap } } } | undefined)
    ?.configuration;
  const rollout = configuration?.status?.rollout;
  return rollout === undefined
    ? undefined
    : { status: rollout['status'], phase: rollout['phase'], progress: rollout['progress'] };
}
