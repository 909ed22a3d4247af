import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Supervisor } from '../../app/demo/agents/real.ts';
import type { AgentState } from '../../src/core/fleet/agent-state.ts';
import type { RolloutView } from '../../src/core/rollout/view.ts';
import { buildBinaries, buildOlder } from './build.ts';
import { Stage, childOf, freePorts } from './stage.ts';

/**
 * Two real collectors of two versions under real supervisors: what they report, bad configs of five kinds with the words they refuse them with,
 * crashes of each program, and a config that only one of the versions takes. Needs Go; where it is missing the run says so.
 */
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const binaries = buildBinaries(say);
const older = buildOlder(say);
const reason = 'reason' in binaries ? binaries.reason : 'reason' in older ? older.reason : undefined;
if (reason !== undefined) say(`skipped: ${reason}`);

const NEW = 'edge-new';
const OLD = 'edge-old';

describe.skipIf(reason !== undefined)('real collectors', () => {
  let stage: Stage;
  let supervisor: Supervisor;
  let port: number;
  const programs = {
    newer: 'reason' in binaries ? '' : binaries.collector,
    older: 'reason' in older ? '' : older.collector,
    supervisor: 'reason' in binaries ? '' : binaries.supervisor,
  };

  beforeAll(async () => {
    [port = 0] = await freePorts(1);
    stage = await Stage.open(await mkdtemp(join(tmpdir(), 'collie-opamp-')));
    supervisor = await stage.join(NEW, programs.newer, programs.supervisor);
    await stage.join(OLD, programs.older, programs.supervisor);
  });

  afterAll(() => stage.close());

  /** The receiver listens on no fixed port: both collectors run on this machine. */
  const good = (note: string): string => `# ${note}
receivers:
  otlp:
    protocols:
      grpc:
        endpoint: 127.0.0.1:0
        max_recv_msg_size_mib: 8
        keepalive: {server_parameters: {max_connection_age: 90s}}
exporters:
  debug: {verbosity: detailed}
  otlp/away: {endpoint: "\${env:COLLIE_NOWHERE:-127.0.0.1}:1", headers: {x-tenant: lab}}
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [debug, otlp/away]}
`;
  const isGood = ({ running, drift }: AgentState): boolean =>
    running?.state === 'applied' && running.configuration === 'lab' && drift !== undefined;

  /** The version that everybody runs. */
  let version = 1;

  it('OAP-502 enrol with their versions, and say what is in them', async () => {
    for (const [name, of] of [
      [NEW, '0.158.0'],
      [OLD, '0.157.0'],
    ] as const) {
      const state = await stage.agent(name, ({ agent }) => agent.version !== '');
      expect(state).toMatchObject({
        client: 'supervisor',
        transport: 'websocket',
        agent: { version: of, connected: true },
      });
      expect(state.unmanaged).toBeUndefined();
      const { agent } = await stage.call('GET', `/v1/agents/${state.agent.id}`);
      expect(agent.components.receivers).toContain('otlp');
    }
  });

  it('run a good config, and what they report to run does not differ from it', async () => {
    const view = await stage.roll(good('first'), 'stable');
    expect(view.totals).toMatchObject({ agents: 2, applied: 2, refused: 0 });
    for (const name of [NEW, OLD]) {
      const state = await stage.agent(name, isGood);
      expect([name, state.drift]).toEqual([name, []]);
      expect(state.healthy).toBe(true);
    }
  });

  /** The canary alone saw it, and both run the first version. */
  async function expectBack({ totals }: RolloutView): Promise<void> {
    expect(totals).toMatchObject({ refused: 1, restored: 1, neverSaw: 1 });
    for (const name of [NEW, OLD]) {
      const state = await stage.agent(name, isGood);
      expect([name, state.running?.version, state.drift]).toEqual([name, 1, []]);
    }
  }

  const bad = (change: (text: string) => string) => (): string => change(good('bad'));
  it.each<[string, () => string, RegExp]>([
    [
      'with a key that nobody knows',
      bad((text) => text.replace('max_recv_msg_size_mib', 'max_recv_msg_size')),
      /'protocols\.grpc' has invalid keys: max_recv_msg_size|has invalid keys: max_recv_msg_size/,
    ],
    [
      'with a value of a wrong type',
      bad((text) => text.replace('max_recv_msg_size_mib: 8', 'max_recv_msg_size_mib: much')),
      /max_recv_msg_size_mib' (?:expected type 'int', got unconvertible type 'string'|cannot parse value as 'int')/,
    ],
  ])('refuse a config %s, in these words, and are put back', async (_what, config, words) => {
    const view = await stage.roll(config(), 'rolled-back');
    expect(view.errors[0]?.message).toMatch(words);
    await expectBack(view);
  });

  it('do not even see a config that refers to what is not there, and refuse it where somebody has it offered all the same', async () => {
    const offers = await Promise.all([NEW, OLD].map((name) => stage.lastOffer(name)));
    const held = await stage.roll(
      good('bad').replace('exporters: [debug, otlp/away]', 'exporters: [debug, nowhere]'),
      'paused',
    );
    expect(held.totals).toMatchObject({ offered: 0 });
    expect(held.reason).toBe(
      'no collector starts with this config: pipeline `traces` names exporter `nowhere`, which is not configured',
    );
    expect(await Promise.all([NEW, OLD].map((name) => stage.lastOffer(name)))).toEqual(offers);
    await stage.call('PUT', '/v1/rollouts/lab/promote');
    const view = await stage.watched(async ({ state }) => state === 'rolled-back');
    expect(view.errors[0]?.message).toMatch(
      /service::pipelines::traces: references exporter "nowhere" which is not configured/,
    );
    await expectBack(view);
  });

  it('do not even see a config with a component they do not have: they said what they have', async () => {
    const offers = await Promise.all([NEW, OLD].map((name) => stage.lastOffer(name)));
    const config = good('unfit').replace('  debug: {', '  splunk_hec: {token: x}\n  debug: {');
    const view = await stage.roll(config, 'failed');
    expect(view.totals).toMatchObject({ offered: 0 });
    expect(view.reason).toBe(
      '2 of 2 agents cannot run it: incompatible: its collector has no exporter splunk_hec',
    );
    expect(await Promise.all([NEW, OLD].map((name) => stage.lastOffer(name)))).toEqual(offers);
  });

  it('do not even see a config that is no YAML: the server does not take it', async () => {
    const offers = await Promise.all([NEW, OLD].map((name) => stage.lastOffer(name)));
    const update = await stage.apply(good('broken').replace('verbosity: detailed}', 'verbosity: ['));
    expect(update.status).toBe('invalid');
    expect(update.reason).toContain('YAML');
    expect(await Promise.all([NEW, OLD].map((name) => stage.lastOffer(name)))).toEqual(offers);
  });

  it('refuse a config whose port is taken: only the start shows it', async () => {
    const taken = createServer().listen(port, '127.0.0.1');
    await once(taken, 'listening');
    const view = await stage.roll(good('port').replace('127.0.0.1:0', `127.0.0.1:${port}`), 'rolled-back');
    expect(view.errors[0]?.message).toContain(`listen tcp 127.0.0.1:${port}: bind: address already in use`);
    await new Promise((done) => taken.close(done));
  });

  it('of two versions: the older is left out of a config with a component that only the newer has', async () => {
    const before = await stage.lastOffer(OLD);
    const batched = good('batched')
      .replace('exporters:\n', 'processors:\n  batch: {timeout: 1s}\nexporters:\n')
      .replace('exporters: [debug,', 'processors: [batch], exporters: [debug,');
    const view = await stage.roll(batched, 'stable');
    expect(view.totals).toMatchObject({ offered: 1, applied: 1, refused: 0 });
    const running = await Promise.all(
      [NEW, OLD].map(async (name) => (await stage.agent(name, isGood)).running?.version),
    );
    expect(running[0]).toBeGreaterThan(running[1] ?? 0);
    expect(await stage.lastOffer(OLD)).toBe(before);
    version = (await stage.roll(good('again'), 'stable')).toVersion;
  });

  it('that are killed come back by themselves, and nothing is pushed to them', async () => {
    const offers = await stage.lastOffer(NEW);
    process.kill(await childOf(supervisor.pid), 'SIGKILL');
    await stage.agent(NEW, ({ healthy }) => healthy === false);
    const state = await stage.agent(NEW, ({ healthy, drift }) => healthy === true && drift !== undefined);
    expect(state.drift).toEqual([]);
    expect(await stage.lastOffer(NEW)).toBe(offers);
  });

  it('whose supervisor is killed are away, and known again when it is back, without a push', async () => {
    const offers = await stage.lastOffer(NEW);
    process.kill(supervisor.pid, 'SIGKILL');
    await stage.agent(NEW, ({ agent }) => agent.connected === false);
    // The orphan notices within 5 s that its supervisor is gone; until then a new one does not come up.
    await wait(5500);
    supervisor = await stage.join(NEW, programs.newer, programs.supervisor);
    const state = await stage.agent(NEW, (found) => found.agent.connected === true && isGood(found));
    expect([state.running?.version, state.drift]).toEqual([version, []]);
    expect(await stage.lastOffer(NEW)).toBe(offers);
  });

  it('whose server is killed run on, and are known again when it is back, without a push', async () => {
    const offers = await Promise.all([NEW, OLD].map((name) => stage.lastOffer(name)));
    await stage.killServer();
    await stage.serve();
    for (const name of [NEW, OLD]) {
      const state = await stage.agent(name, (found) => found.agent.connected === true && isGood(found));
      expect([name, state.running?.version, state.drift]).toEqual([name, version, []]);
    }
    expect(await Promise.all([NEW, OLD].map((name) => stage.lastOffer(name)))).toEqual(offers);
  });

  it('OAP-116 enrol over plain HTTP too', async () => {
    await stage.join('edge-http', programs.newer, programs.supervisor, 'http');
    const state = await stage.agent('edge-http', ({ healthy }) => healthy === true);
    expect(state).toMatchObject({ transport: 'http', client: 'supervisor', agent: { version: '0.158.0' } });
  });
});
