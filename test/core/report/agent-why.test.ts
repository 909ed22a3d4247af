import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AgentState } from '../../../src/core/fleet/agent-state.ts';
import { agentWhy } from '../../../src/core/report/agent-why.ts';
import { createRedactor } from '../../../src/core/report/redact.ts';

const AGENT: AgentState['agent'] = {
  id: '01a1fd7b-7f62-724a-acea-d8d8e745de4b',
  name: 'edge-01',
  version: '0.158.0',
  distribution: 'otelcol-contrib',
  platform: 'linux',
  labels: { fleet: 'edge', tier: 'canary', 'bindplane/agent-name': 'edge-01' },
  connected: true,
};

const REFUSING: AgentState = {
  agent: AGENT,
  client: 'supervisor',
  transport: 'websocket',
  lastSeenAt: '2026-11-21T21:12:19.520Z',
  assigned: { configuration: 'shop-node', by: 'selector', match: 'tier=canary', others: ['shop-old'] },
  target: { configuration: 'shop-node', version: 7, offers: 0 },
  running: { configuration: 'shop-node', version: 7, state: 'applied', hash: 'ab' },
  rollout: {
    configuration: 'shop-node',
    version: 8,
    state: 'rolled-back',
    member: 'restored',
    reason: '1 of 4 agents failed, 0 were allowed',
  },
  refused: [{ configuration: 'shop-node', version: 8, message: '', at: '2026-11-21T21:12:19.355Z' }],
  lastError:
    "Agent exited unexpectedly with exit code 1 while applying configuration\nError: failed to get config: 'batchprocessor.Config' has invalid keys: send_batch_sizee",
  lastErrorAbout: { configuration: 'shop-node', version: 8 },
  findings: [
    {
      rule: 'agent-refused',
      severity: 'error',
      message: 'processor batch: unknown key send_batch_sizee',
      at: { file: 'bindplane/sources.yaml', line: 21, column: 9, endLine: 21, endColumn: 25 },
      certainty: 'exact',
    },
  ],
  healthy: true,
  drift: [
    { path: ['exporters', 'otlp', 'endpoint'], kind: 'changed' },
    { path: ['service', 'pipelines', 'logs/local'], kind: 'undescribed' },
  ],
};

const golden = (name: string): string => join(import.meta.dirname, 'golden', name);

describe('why an agent runs what it runs', () => {
  it('is told whole: what it is to run, what it runs, what it said, where it differs', async () => {
    await expect(agentWhy(REFUSING)).toMatchFileSnapshot(golden('agent-why-refused.txt'));
  });

  it('tells what goes through each pipeline, where its own metrics arrive', async () => {
    const flowing: AgentState = {
      agent: AGENT,
      running: { configuration: 'shop-node', version: 8, state: 'applied', hash: 'cd' },
      refused: [],
      findings: [],
      healthy: true,
      throughput: {
        from: '2026-11-21T21:11:20.000Z',
        until: '2026-11-21T21:12:20.000Z',
        pipelines: [
          { pipeline: 'traces/out', inPerSecond: 1234.5, outPerSecond: 0, lostPerSecond: 1204 },
          { pipeline: 'logs', inPerSecond: 0.034_56, outPerSecond: 0.0345, lostPerSecond: 0 },
          { pipeline: 'metrics/spans', outPerSecond: 12, lostPerSecond: 0 },
          { pipeline: 'logs/nop', inPerSecond: 3, lostPerSecond: 0 },
        ],
      },
      drift: [],
    };
    await expect(agentWhy(flowing)).toMatchFileSnapshot(golden('agent-why-flow.txt'));
  });

  it('says why nothing is known of what goes through, where it ought to be', () => {
    const told = agentWhy({ agent: AGENT, refused: [], findings: [], throughputUnknown: 'none arrived' });
    expect(told).toContain('flow        not known: none arrived');
  });

  it('is short where there is nothing to say', async () => {
    const quiet: AgentState = {
      agent: { ...AGENT, labels: {} },
      client: 'extension',
      transport: 'http',
      unmanaged: 'a collector with the opamp extension alone only reports; a supervisor takes configs',
      refused: [],
      findings: [],
      drift: [],
      packages: [{ name: '', version: '0.158.0', state: 'installed' }],
    };
    await expect(agentWhy(quiet)).toMatchFileSnapshot(golden('agent-why-quiet.txt'));
  });

  it('says of an agent that does not answer since when', () => {
    const silentSince = '2026-11-21T21:11:20.000Z';
    const target = { configuration: 'shop-node', version: 7, offers: 1, silentSince };
    const told = agentWhy({ ...REFUSING, target });
    expect(told).toContain(
      'is to run   shop-node:7, offered 1 time since it last confirmed one; no answer since 2026-11-21T21:11:20.000Z\n',
    );
  });

  it('says what a BindPlane server does not tell', () => {
    const told = agentWhy({
      agent: AGENT,
      assigned: { configuration: 'shop-node', by: 'fleet', match: 'edge', others: [] },
      refused: [],
      findings: [],
      driftUnknown: 'a BindPlane server does not tell what its agents run',
    });
    expect(told).toContain('because it belongs to the fleet edge');
    expect(told).toContain('cannot be judged: a BindPlane server does not tell');
  });

  it('says why an agent is not given what selects it', () => {
    const withheld = 'only labels that the agent gave itself select it';
    const assigned = {
      configuration: 'vault',
      by: 'selector',
      match: 'env=prod',
      others: [],
      withheld,
    } as const;
    const told = agentWhy({ agent: AGENT, assigned, refused: [], findings: [] });
    expect(told).toMatch(/withheld +only labels that the agent gave itself select it/);
    expect(told).not.toContain('no rollout has reached it');
  });

  it('keeps secrets and control characters of agents to itself', () => {
    const redactor = createRedactor({ known: ['hunter2secret'] });
    const told = agentWhy(
      {
        agent: { ...AGENT, name: 'edge\u001b[31m' },
        refused: [],
        findings: [],
        lastError: 'password hunter2secret is wrong\u0007',
      },
      { redactor },
    );
    expect(told).not.toContain('hunter2secret');
    expect(told).not.toMatch(/(?!\n)\p{Cc}/u);
  });
});
