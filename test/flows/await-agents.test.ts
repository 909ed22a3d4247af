import { describe, expect, it } from 'vitest';
import type { Agent } from '../../src/core/fleet/agent.ts';
import { awaitAgents, presence } from '../../src/flows/await-agents.ts';
import type { ControlPlane } from '../../src/ports/control-plane.ts';
import { reviewOfFiles, virtualClock } from './support.ts';

const CONFIGURATION = `apiVersion: bindplane.observiq.com/v1
kind: Configuration
metadata:
  name: edge
spec:
  contentType: text/yaml
  sources: [{ type: otlp }]
  destinations: [{ type: dev_null }]
  selector: { matchLabels: { configuration: edge } }
`;

const manifest = (version: string): string => `apiVersion: apps/v1
kind: DaemonSet
metadata: { name: edge-agent, namespace: edge }
spec:
  selector: { matchLabels: { app: edge } }
  template:
    metadata: { labels: { app: edge } }
    spec:
      containers:
        - name: agent
          image: ghcr.io/observiq/bindplane-agent:${version}
          env:
            - { name: OPAMP_ENDPOINT, value: 'ws://collie:4320/v1/opamp' }
            - { name: OPAMP_LABELS, value: 'configuration=edge' }
`;

const agent = (name: string, version: string, connected = true): Agent => ({
  id: name,
  name,
  version,
  distribution: 'bindplane-agent',
  platform: 'linux',
  labels: { configuration: 'edge' },
  connected,
});

/** Waits for the agents of a DaemonSet raised to 1.86.0, while the server answers each list of agents in turn (the last one for ever). */
async function waited(
  lists: readonly (readonly Agent[])[],
  waitMs = 60_000,
): Promise<{ readonly state: string; readonly text: string; readonly waits: readonly number[] }> {
  const { base, head, plan } = await reviewOfFiles(
    { 'edge.yaml': CONFIGURATION, 'agent.yaml': manifest('1.80.1') },
    {
      'edge.yaml': CONFIGURATION.replace(
        'type: otlp',
        'type: otlp, parameters: [{ name: grpc_port, value: 4319 }]',
      ),
      'agent.yaml': manifest('1.86.0'),
    },
  );
  const [planned] = plan.configurations;
  if (planned === undefined) throw new Error('nothing is planned');
  const asked = [...lists];
  const clock = virtualClock();
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else is asked
  const controlPlane = {
    agents: async () => (asked.length > 1 ? asked.shift() : asked[0]) ?? [],
  } as unknown as ControlPlane;
  return { ...(await awaitAgents({ controlPlane, clock, base, head, planned, waitMs })), waits: clock.waits };
}

describe('a rollout whose agents are started by somebody else', () => {
  it('waits until they are connected and run the version of their manifest', async () => {
    const { state, text, waits } = await waited([
      [],
      [agent('old', '1.80.1')],
      [agent('old', '1.80.1', false), agent('new', '1.86.0')],
    ]);
    expect({ state, text }).toEqual({ state: 'done', text: '1 agent connected' });
    expect(waits).toEqual([1000, 2000]);
  });

  it('does not start with nobody', async () => {
    const { state, text, waits } = await waited([[]]);
    expect(state).toBe('failed');
    expect(text).toBe(
      'No connected agent matches edge (selector configuration=edge) after 60 s, so no rollout is started: it would be called stable without anybody having it. Run the commands above, see that the pods start, and run this job again.',
    );
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBe(60_000);
  });

  it('does not start while old versions run, because the plan judged the new one', async () => {
    const { state, text } = await waited([[agent('a', '1.80.1'), agent('b', '1.86.0')]]);
    expect(state).toBe('failed');
    expect(text).toContain('1 of 2 agents of edge still runs 1.80.1 after 60 s (a)');
  });

  it('looks once where nobody waits', async () => {
    expect(await waited([[]], 0)).toMatchObject({ state: 'failed', waits: [] });
    expect(await waited([[agent('new', '1.86.0')]], 0)).toMatchObject({ state: 'done', waits: [] });
  });

  it('lets agents of yet another version be: they come from elsewhere', async () => {
    expect(await waited([[agent('a', '1.70.0'), agent('b', '1.86.0')]])).toMatchObject({ state: 'done' });
  });

  it('takes agents that no manifest speaks of as they are', () => {
    expect(presence([agent('a', '1.80.1')], [])).toEqual({ state: 'ready', agents: 1 });
  });
});
