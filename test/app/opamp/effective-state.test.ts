import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentCapabilities, RemoteConfigStatuses } from '../../../src/core/opamp/gen/opamp_pb.ts';
import { systemClock } from '../../../src/io/clock.ts';
import { collie } from '../../cli/support.ts';
import { API_KEY, SECRET_KEY, TestApp, rawConfiguration, scratchFolder } from '../../support/app.ts';
import type { Message } from '../../support/opamp-wire.ts';
import { WireAgent, attribute, uidOf } from '../../support/opamp-wire.ts';

const C = AgentCapabilities;
const CAPABILITIES = BigInt(
  C.REPORTS_STATUS | C.ACCEPTS_REMOTE_CONFIG | C.REPORTS_REMOTE_CONFIG | C.REPORTS_EFFECTIVE_CONFIG,
);

let scratch: ReturnType<typeof scratchFolder>;
let server: TestApp;
let agent: WireAgent;
let sequence = 0n;

beforeEach(async () => {
  scratch = scratchFolder();
  server = await TestApp.start(scratch.path);
  agent = await WireAgent.connect(
    { port: server.app.opamp.port },
    { headers: { authorization: `Secret-Key ${SECRET_KEY}` } },
  );
});

afterEach(async () => {
  await agent.close();
  await server.close();
  scratch.remove();
});

function say(message: Message): ReturnType<WireAgent['say']> {
  sequence += 1n;
  return agent.say({ instanceUid: uidOf(1), capabilities: CAPABILITIES, sequenceNum: sequence, ...message });
}

function runs(text: string): Message {
  return { effectiveConfig: { configMap: { configMap: { '': { body: new TextEncoder().encode(text) } } } } };
}

/** What a command prints, once it prints this. */
async function printed(words: readonly string[], saying: RegExp): Promise<string> {
  for (;;) {
    const { out } = await collie(['agents', ...words, '--control-plane', server.url], {
      environment: { BINDPLANE_API_KEY: API_KEY },
      clock: systemClock,
    });
    if (saying.test(out)) return out;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** Brings the agent onto a config of ours; resolves with its text. */
async function settle(): Promise<string> {
  await say({
    agentDescription: {
      identifyingAttributes: [attribute('service.name', 'otelcol'), attribute('service.version', '0.158.0')],
      nonIdentifyingAttributes: [attribute('host.name', 'edge-01'), attribute('configuration', 'edge')],
    },
  });
  await printed(['why', 'edge-01'], /no configuration/);
  await server.call('POST', '/v1/apply', { resources: [rawConfiguration('edge', 'one')] });
  await server.call('POST', '/v1/rollouts/edge/start', { options: null });
  for (;;) {
    const { remoteConfig } = await agent.next();
    if (remoteConfig === undefined) continue;
    const text = new TextDecoder().decode(remoteConfig.config?.configMap['']?.body);
    const status = { lastRemoteConfigHash: remoteConfig.configHash, status: RemoteConfigStatuses.APPLIED };
    await say({ ...runs(text), remoteConfigStatus: status });
    await server.rollout('edge', 'stable');
    return text;
  }
}

describe('the effective config of an agent', () => {
  it('that is what it was given, with defaults, is no drift', async () => {
    const text = await settle();
    expect(await printed(['list'], /none/)).toMatch(/configuration=edge {2}none$/m);
    await say(
      runs(text.replace('  nop:\nexporters', '  nop: {}\nextensions:\n  opamp: {ppid: 1}\nexporters')),
    );
    expect(await printed(['why', 'edge-01'], /drift/)).toContain(
      'drift       none: every key that was set has its value',
    );
  });

  it('that has what nobody described is drift, in the list, as data and in words; values are not shown', async () => {
    const text = await settle();
    await say(runs(text.replace('exporters:\n', 'exporters:\n  file/secret: {path: /tmp/hunter2}\n')));
    expect(await printed(['list'], / 1$/m)).toMatch(/configuration=edge {2}1$/m);
    const told = await printed(['why', 'edge-01'], /1 difference/);
    expect(told).toContain('exporters::file/secret was never described');
    expect(told).not.toContain('hunter2');
    const { body } = await server.call('GET', '/v1/collie/agents/edge-01');
    expect(body.agent.drift).toEqual([{ path: ['exporters', 'file/secret'], kind: 'undescribed' }]);
    expect((await server.call('GET', '/v1/collie/agents')).body.drift).toEqual({ [body.agent.agent.id]: 1 });
  });

  it('cannot be judged while it is applied, or where the config is not ours', async () => {
    await settle();
    const foreign = { lastRemoteConfigHash: uidOf(9), status: RemoteConfigStatuses.APPLIED };
    await say({ remoteConfigStatus: foreign });
    expect(await printed(['why', 'edge-01'], /cannot be judged/)).toContain(
      'a config that this server did not make',
    );
    await say({ remoteConfigStatus: { ...foreign, status: RemoteConfigStatuses.APPLYING } });
    expect(await printed(['why', 'edge-01'], /is applying/)).toContain('its config is applying, not applied');
    expect((await server.call('GET', '/v1/collie/agents/nobody')).status).toBe(404);
  });
});
