import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../../../src/core/document/node.ts';
import { isList, isMap } from '../../../../src/core/document/node.ts';
import { TestApp } from '../../../support/app.ts';
import { ReplayAgent, type Answer } from './agents.ts';
import { Described } from './described.ts';
import { idle, unexplained } from './claims.ts';
import { CLI_RECORDINGS, readRecordings, type Exchange } from './recordings.ts';
import { replay, type Found, type ReplayedAnswer } from './replay.ts';
import { until } from '../../../support/until.ts';

const SECRET_KEY = '7c0e6a52-9d0f-4a6e-8f3c-2b1d5e4f6a70';
const LABELS = 'configuration=multi,env=stage';
const REFUSAL =
  'Failed to apply config changes: failed to reload config: collector.yaml: collector failed to restart: cannot start pipelines';
const CREDENTIALS = { authorization: `Basic ${Buffer.from('admin:lab-password').toString('base64')}` };

let app: TestApp;
const agents = [
  new ReplayAgent('0001697M4MEQV9DM07HH560MTP', 'lab-host-00000'),
  new ReplayAgent('0001ZTAWEFEQD9MF8YC0E12PGB', 'lab-host-00001'),
  new ReplayAgent('0001H7NMP3FDVSVKP3NM3QVV3C', 'lab-host-00002'),
] as const;

beforeAll(async () => {
  app = await TestApp.start(':memory:', {
    COLLIE_USERNAME: 'admin',
    COLLIE_PASSWORD: 'lab-password',
    COLLIE_SECRET_KEY: SECRET_KEY,
  });
});

afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.disconnect()));
  await app.close();
});

interface Progress {
  readonly completed: number;
  readonly errors: number;
  readonly pending: number;
  readonly waiting: number;
}

async function become<T>(look: () => Promise<T>, holds: (value: T) => boolean): Promise<void> {
  await until(async () => (holds(await look()) ? true : undefined));
}

async function progressOf(configuration: string): Promise<Progress> {
  const { body } = await app.call('GET', `/v1/configurations/${configuration}`, undefined, CREDENTIALS);
  return body.configuration.status.rollout.progress;
}

async function connected(): Promise<
  readonly { readonly status: number; readonly labels: Record<string, string> }[]
> {
  const { body } = await app.call('GET', '/v1/agents', undefined, CREDENTIALS);
  return body.agents;
}

/** One of the agents answers what it holds; the rollout goes on to its next phase. */
async function oneAnswers(
  answer: Answer,
  configuration: string,
  holds: (progress: Progress) => boolean,
): Promise<void> {
  const holder = agents.find((agent) => agent.isHolding(`# Configuration: ${configuration}:`));
  holder?.release(answer);
  if (holder !== undefined) holder.answer = 'hold';
  await become(() => progressOf(configuration), holds);
}

async function reconnect(labels: string, ...who: readonly ReplayAgent[]): Promise<void> {
  for (const agent of who) {
    await agent.disconnect();
    await agent.connect(app.opampUrl, SECRET_KEY, labels);
  }
  const configuration = labels.split(/[=,]/)[1];
  const here = (status: number): boolean => status !== 0;
  await become(
    connected,
    (all) =>
      all.filter((one) => here(one.status) && one.labels['configuration'] === configuration).length >=
      who.length,
  );
}

/** What happens ahead of a recording: agents come, answer and go. */
const EVENTS: Readonly<Record<number, () => Promise<void>>> = {
  159: () => reconnect(LABELS, ...agents),
  181: async () => {
    for (const agent of agents) agent.answer = 'hold';
  },
  183: () => oneAnswers('take', 'multi', ({ completed, pending }) => completed === 1 && pending > 0),
  193: () => oneAnswers('take', 'multi', ({ completed, pending }) => completed === 1 && pending > 0),
  194: () => oneAnswers('take', 'multi', ({ completed, pending }) => completed === 2 && pending > 0),
  210: () => reconnect('configuration=rawbroken', agents[1], agents[2]),
  211: async () => {
    agents.find((agent) => agent.isHolding('receivers: {nosuch'))?.release({ refuse: REFUSAL });
    await become(
      () => progressOf('rawbroken'),
      ({ errors }) => errors === 1,
    );
  },
  219: () => reconnect(LABELS, agents[1], agents[2]),
  232: async () => {
    for (const agent of agents) await agent.disconnect();
    await become(connected, (all) => all.every(({ status }) => status === 0));
  },
};

const recordings = readRecordings(CLI_RECORDINGS);
const found: Found[] = [];
const answered = new Map<number, readonly ReplayedAnswer[]>();

const undescribed: string[] = [];

beforeAll(async () => {
  const described = await Described.of(app);
  for (const recording of recordings) {
    await EVENTS[recording.number]?.();
    const answers: ReplayedAnswer[] = [];
    const seen = ({ request }: Exchange, answer: ReplayedAnswer): void => {
      answers.push(answer);
      undescribed.push(...described.problems(request.method, request.path, answer));
    };
    found.push(...(await replay(app, recording, seen)));
    answered.set(recording.number, answers);
  }
}, 60_000);

describe('the bindplane CLI 1.35.0 and curl, replayed', () => {
  it('gets what it got, but for the deviations that have a reason', () => {
    expect(unexplained('cli', found)).toEqual([]);
  });

  it('needs every deviation that is listed', () => {
    expect(idle('cli', found)).toEqual([]);
  });

  it('gets nothing that /openapi.json does not describe', () => {
    expect(undescribed).toEqual([]);
  });

  it('lets the CLI end as it did: with 0 where it was answered, with 1 where it was refused', () => {
    const other = recordings
      .filter(({ cli }) => cli.startsWith('bindplane'))
      .filter(({ number, exchanges }) => {
        const ends = exchanges.map(({ response }) => response.status < 400);
        const ours = (answered.get(number) ?? []).map(({ status }) => status < 400);
        return ends.join() !== ours.join();
      })
      .map(({ number, name }) => `${number} ${name}`);
    expect(other).toEqual([
      // Fleets are served.
      '60 apply-bad-fleet',
      // A placeholder without a secret was not stored.
      '86 get-destination-sensitive',
      // Used processors and types stay, and with them what uses them.
      '139 delete-processor-in-use',
      '149 apply-after-processor-delete',
      // Agents are not upgraded.
      '230 update-agent',
      '236 delete-source-type-in-use',
      '237 get-config-type-deleted',
      '238 apply-config-type-deleted',
    ]);
  });

  it('lets the CLI print what it printed about what it applied and deleted', () => {
    const printing = recordings.filter(
      ({ cli, exchanges }) =>
        /^bindplane (?:apply|delete -f)/.test(cli) && exchanges[0]?.response.status === 202,
    );
    const other = printing.flatMap(({ number, name, stdout }) => {
      const ours = updatesText(answered.get(number)?.[0]?.body);
      return ours === stdout ? [] : [{ name, recorded: stdout, ours }];
    });
    expect(printing.length).toBeGreaterThan(40);
    expect(other).toMatchSnapshot();
  });

  it('lets the CLI print the tables of rollouts', () => {
    const tables = recordings.filter(({ cli }) =>
      /^bindplane rollout (?:status|start|pause|resume)/.test(cli),
    );
    const other = tables.flatMap(({ number, name, stdout }) => {
      const ours = rowOf(answered.get(number)?.at(-1)?.body);
      const recorded = cells(stdout.split('\n')[1] ?? '');
      return recorded.length !== 7 || recorded.join(' ') === ours.join(' ')
        ? []
        : [`${number} ${name}: recorded ${recorded.join(' ')}, ours ${ours.join(' ')}`];
    });
    expect(tables.length).toBeGreaterThan(15);
    expect(other).toMatchSnapshot();
  });
});

/** A value below some keys, as the CLI would print it. */
function textAt(value: Json | undefined, ...keys: readonly string[]): string {
  const found = keys.reduce<Json | undefined>((inner, key) => (isMap(inner) ? inner[key] : undefined), value);
  return typeof found === 'string' ? found : found === undefined ? '' : JSON.stringify(found);
}

/** What the CLI prints about updates (golden/bindplane-rest: every `apply`). */
function updatesText(body: Json | undefined): string {
  const updates = isMap(body) && isList(body['updates']) ? body['updates'] : [];
  return updates
    .map((update) => {
      const name = textAt(update, 'resource', 'metadata', 'name').split(':')[0] ?? '';
      const version = textAt(update, 'resource', 'metadata', 'version');
      const reason = textAt(update, 'reason');
      const versioned = version === '' ? name : `${name}:${version}`;
      const line = `${textAt(update, 'resource', 'kind')} ${versioned} ${textAt(update, 'status')}\n`;
      return reason === '' ? line : `${line}\t${reason}\n`;
    })
    .join('');
}

const STATUS_WORDS = ['Pending', 'Started', 'Paused', 'Error', 'Stable', 'Replaced'];

function cells(line: string): readonly string[] {
  return line
    .split('\t')
    .map((cell) => cell.trim())
    .filter((cell) => cell !== '');
}

/** The CLI's row about a rollout, from the fields it reads. */
function rowOf(body: Json | undefined): readonly string[] {
  const rollout = ['configuration', 'status', 'rollout'];
  const counts = ['completed', 'errors', 'pending', 'waiting'];
  const name = textAt(body, 'configuration', 'metadata', 'name');
  return [
    `${name}:${textAt(body, 'configuration', 'metadata', 'version')}`,
    STATUS_WORDS[Number(textAt(body, ...rollout, 'status'))] ?? '',
    textAt(body, ...rollout, 'phase'),
    ...counts.map((key) => textAt(body, ...rollout, 'progress', key)),
  ];
}
