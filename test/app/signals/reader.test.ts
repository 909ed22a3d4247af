import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { METRICS_SETTINGS, readMetricsSettings } from '../../../app/metrics-settings.ts';
import { stampsIn } from '../../../src/core/collector/metrics-reader.ts';
import { sha256 } from '../../../src/core/document/digest.ts';
import type { Json } from '../../../src/core/document/node.ts';
import { AgentCapabilities, RemoteConfigStatuses } from '../../../src/core/opamp/gen/opamp_pb.ts';
import { hexText, uidText } from '../../../src/core/opamp/uid.ts';
import { API_KEY, SECRET_KEY, TestApp, rawConfiguration, scratchFolder } from '../../support/app.ts';
import { WireAgent, attribute, uidOf } from '../../support/opamp-wire.ts';

const TAKES = BigInt(
  AgentCapabilities.REPORTS_STATUS |
    AgentCapabilities.ACCEPTS_REMOTE_CONFIG |
    AgentCapabilities.REPORTS_REMOTE_CONFIG,
);

describe('the metrics part of the settings', () => {
  const problems = (file: Json): readonly string[] => {
    const found: string[] = [];
    readMetricsSettings(file, 'serve.yml: metrics', found);
    return found;
  };

  it('asks for nothing where it is not there', () => {
    expect(readMetricsSettings(undefined, 'x', [])).toEqual(METRICS_SETTINGS);
    expect(METRICS_SETTINGS.reader).toBe(false);
  });

  it.each<[string, Json, RegExp]>([
    ['an unknown key', { readers: true }, /additional properties readers$/],
    ['an endpoint without a path', { endpoint: 'https://c.example.com' }, /endpoint must match/],
    [
      'credentials in the endpoint',
      { endpoint: 'https://a:b@c.example.com/v1/metrics' },
      /endpoint must match/,
    ],
    ['an interval of nothing', { intervalMs: 0 }, /intervalMs must be >= 500/],
    ['a certificate without its key', { tls: { certificate: '/me.pem' } }, /tls must have property key/],
    ['a word for a switch', { reader: 'yes' }, /reader must be boolean/],
  ])('tells of %s', (_name, file, sentence) => {
    expect(problems(file)).toEqual([expect.stringMatching(sentence)]);
  });

  it('SEC-88 refuses a secret itself, which every config would hold, without repeating it', () => {
    const [problem = '', ...others] = problems({ headers: { Authorization: 'Secret-Key hunter2hunter2' } });
    expect(others).toEqual([]);
    expect(problem).toMatch(
      /headers\.Authorization would stand in every config.*\$\{env:COLLIE_SECRET_KEY\}/,
    );
    expect(problem).not.toContain('hunter2');
  });
});

describe("a server that asks for collectors' own metrics", () => {
  let server: TestApp | undefined;
  let scratch: ReturnType<typeof scratchFolder> | undefined;
  let agent: WireAgent | undefined;

  afterEach(async () => {
    await agent?.close();
    await server?.close();
    scratch?.remove();
    [agent, server] = [undefined, undefined];
  });

  async function start(file: string): Promise<TestApp> {
    scratch = scratchFolder();
    const config = join(scratch.path, 'serve.yml');
    writeFileSync(config, file);
    server = await TestApp.start(scratch.path, {}, { config });
    return server;
  }

  /** A supervisor that claims a version and the label of the configuration `lab`. */
  async function enrol(version: string): Promise<WireAgent> {
    agent = await WireAgent.connect(
      { port: server?.app.opamp.port ?? 0 },
      { headers: { authorization: `Secret-Key ${SECRET_KEY}`, 'user-agent': 'opampsupervisor' } },
    );
    await agent.say({
      instanceUid: uidOf(7),
      capabilities: TAKES,
      agentDescription: {
        identifyingAttributes: [attribute('service.name', 'otelcol'), attribute('service.version', version)],
        nonIdentifyingAttributes: [attribute('service.labels', 'configuration=lab')],
      },
    });
    return agent;
  }

  const apply = (note: string): Promise<{ status: string; reason: string }> =>
    (server as TestApp)
      .call('POST', '/v1/apply', { resources: [rawConfiguration('lab', note)] })
      .then(({ body }) => body.updates[0]);

  it('offers configs with a reader, and shows them without', async () => {
    const { app } = await start('metrics: {reader: true}');
    const supervisor = await enrol('0.158.0');
    expect(await apply('one')).toMatchObject({ status: 'created', reason: '' });
    await (server as TestApp).call('POST', '/v1/rollouts/lab/start', { options: null });
    const { remoteConfig } = await supervisor.next();
    const [body] = Object.values(remoteConfig?.config?.configMap ?? {});
    const offered = new TextDecoder().decode(body?.body);
    expect(offered).toContain(`endpoint: http://127.0.0.1:${app.opamp.port}/v1/metrics`);
    expect(offered).toContain('Authorization: Secret-Key ${env:COLLIE_SECRET_KEY}');
    expect(offered).not.toContain(SECRET_KEY);
    expect(hexText(remoteConfig?.configHash ?? new Uint8Array())).toBe(sha256(offered));
    const shown = await (server as TestApp).call('GET', '/v1/configurations/lab');
    expect(shown.body.raw).toBe(shown.body.configuration.spec.raw);
    expect(stampsIn(offered)).toEqual([sha256(shown.body.raw)]);
    const status = RemoteConfigStatuses.APPLIED;
    const lastRemoteConfigHash = remoteConfig?.configHash ?? new Uint8Array();
    await supervisor.say({
      instanceUid: uidOf(7),
      sequenceNum: 1n,
      capabilities: TAKES,
      remoteConfigStatus: { status, lastRemoteConfigHash },
    });
    const why = await (server as TestApp).call('GET', `/v1/collie/agents/${uidText(uidOf(7))}`);
    expect(why.body.agent.throughputUnknown).toMatch(/^its config asks for its own metrics, and none/);
    expect(await apply('one')).toMatchObject({ status: 'unchanged' });
  });

  it('takes no config for a secret one because of it: what an agent claims selects it as before', async () => {
    await start('metrics: {reader: true}\nidentity: {agents: {trustClaimedLabels: false}}');
    await enrol('0.158.0');
    await apply('one');
    const why = await (server as TestApp).call('GET', `/v1/collie/agents/${uidText(uidOf(7))}`, undefined, {
      'x-bindplane-api-key': API_KEY,
    });
    expect(why.body.agent.assigned).toMatchObject({ configuration: 'lab', by: 'label' });
    expect(why.body.agent.assigned).not.toHaveProperty('withheld');
  });

  it('leaves it out, with a reason, where an agent is older than readers', async () => {
    await start('metrics: {reader: true}');
    await enrol('0.110.0');
    expect(await apply('one')).toMatchObject({
      status: 'created',
      reason: expect.stringContaining('runs collector 0.110.0, and readers came with 0.111.0'),
    });
  });

  it('off loopback has to be told where it is reached', async () => {
    await expect(
      start('metrics: {reader: true, endpoint: "http://collie.example.com/v1/metrics"}'),
    ).rejects.toThrow(/metrics\.endpoint.*https/);
  });
});
