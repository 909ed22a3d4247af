import { afterEach, describe, expect, it } from 'vitest';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOpampSettings } from '../../../app/opamp-settings.ts';
import { AgentCapabilities } from '../../../src/core/opamp/gen/opamp_pb.ts';
import { uidText } from '../../../src/core/opamp/uid.ts';
import type { Json } from '../../../src/core/document/node.ts';
import { SECRET_KEY, TestApp, scratchFolder } from '../../support/app.ts';
import { WireAgent, attribute, uidOf } from '../../support/opamp-wire.ts';

function problems(file: Json): readonly string[] {
  const found: string[] = [];
  readOpampSettings(file, 'serve.yml: opamp', found);
  return found;
}

describe('the opamp part of the settings', () => {
  it('asks for nothing where it is not there', () => {
    expect(readOpampSettings(undefined, 'x', [])).toEqual({ restart: false });
  });

  it.each<[string, Json, RegExp]>([
    ['an unknown key', { packages: true }, /additional properties packages$/],
    [
      'a URL without a path',
      { ownTelemetry: { metrics: 'https://otel.example.com' } },
      /ownTelemetry\.metrics must match/,
    ],
    [
      'credentials in a URL',
      { ownTelemetry: { logs: 'https://a:b@otel.example.com/v1/logs' } },
      /ownTelemetry\.logs must match/,
    ],
    ['no signal', { ownTelemetry: {} }, /ownTelemetry must NOT have fewer than 1/],
    ['a word for a switch', { restart: 'yes' }, /restart must be boolean/],
  ])('tells of %s', (_name, file, sentence) => {
    expect(problems(file)).toEqual([expect.stringMatching(sentence)]);
  });
});

describe('a server whose settings ask for it', () => {
  let server: TestApp | undefined;
  let scratch: ReturnType<typeof scratchFolder> | undefined;
  const agents: WireAgent[] = [];

  afterEach(async () => {
    for (const agent of agents.splice(0)) await agent.close();
    await server?.close();
    scratch?.remove();
  });

  async function start(file: string): Promise<void> {
    scratch = scratchFolder();
    const config = join(scratch.path, 'serve.yml');
    writeFileSync(config, file);
    server = await TestApp.start(scratch.path, {}, { config });
  }

  async function agent(byte: number, capabilities: number): Promise<Awaited<ReturnType<WireAgent['say']>>> {
    const wire = await WireAgent.connect(
      { port: server?.app.opamp.port ?? 0 },
      { headers: { authorization: `Secret-Key ${SECRET_KEY}` } },
    );
    agents.push(wire);
    return wire.say({
      instanceUid: uidOf(byte),
      capabilities: BigInt(AgentCapabilities.REPORTS_STATUS | capabilities),
      agentDescription: { identifyingAttributes: [attribute('service.name', 'otelcol')] },
    });
  }

  it('OAP-206 offers own telemetry to collectors that report it, and to nobody else', async () => {
    await start(
      "opamp: {ownTelemetry: {metrics: 'https://otel.example.com/v1/metrics', headers: {x-key: k}}}",
    );
    const reporting = await agent(1, AgentCapabilities.REPORTS_OWN_METRICS);
    expect(reporting.connectionSettings?.ownMetrics).toMatchObject({
      destinationEndpoint: 'https://otel.example.com/v1/metrics',
      headers: { headers: [{ key: 'x-key', value: 'k' }] },
    });
    expect((await agent(2, 0)).connectionSettings).toBeUndefined();
  });

  it('OAP-325 restarts an agent that accepts it, and says why it does not', async () => {
    await start('opamp: {restart: true}');
    await agent(1, AgentCapabilities.ACCEPTS_RESTART_COMMAND);
    await agent(2, 0);
    const uid = (byte: number): string => uidText(uidOf(byte)) ?? '';
    expect((await server?.call('PUT', `/v1/agents/${uid(1)}/restart`))?.status).toBe(202);
    const told = await agents[0]?.next();
    expect(told?.command?.type).toBe(0);
    const refused = await server?.call('PUT', `/v1/agents/${uid(2)}/restart`);
    expect([refused?.status, refused?.body.errors]).toEqual([
      409,
      ['the agent does not accept the restart command'],
    ]);
  });
});
