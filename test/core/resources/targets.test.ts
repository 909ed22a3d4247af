import { describe, expect, it } from 'vitest';
import { reachOf, targetsOf } from '../../../src/core/resources/targets.ts';
import { repositoryView } from '../../support/repository.ts';
import { agent } from '../../support/values.ts';

const files = {
  'resources.yaml': `apiVersion: bindplane.observiq.com/v1
kind: Configuration
metadata: {name: edge}
spec:
  selector: {matchLabels: {configuration: edge}}
---
apiVersion: bindplane.observiq.com/v1
kind: Configuration
metadata: {name: open}
spec: {}
---
apiVersion: bindplane.observiq.com/v1
kind: Fleet
metadata: {name: front}
spec: {configuration: edge}
`,
  'agent.yaml': `apiVersion: apps/v1
kind: DaemonSet
metadata: {name: node, namespace: obs}
spec:
  template:
    spec:
      containers:
        - name: agent
          image: ghcr.io/observiq/bindplane-agent:1.80.1
          env:
            - {name: OPAMP_LABELS, value: "fleet=front"}
`,
};

describe('targetsOf', () => {
  const { repository } = repositoryView(files);

  it('finds workloads by the labels of their manifests where no live agents are known', () => {
    const edge = targetsOf(repository).get('Configuration/edge');
    expect(edge).toMatchObject({ selector: { configuration: 'edge' }, fleets: ['Fleet/front'] });
    expect(edge?.agents).toBeUndefined();
    expect(edge && reachOf(edge)).toEqual({ count: 1, unit: 'workloads' });
  });

  it('counts live agents where they are known, none at all included', () => {
    const agents = [agent('a', '1.80.1', { labels: { configuration: 'edge' } }), agent('b', '1.80.1')];
    const edge = targetsOf(repository, agents).get('Configuration/edge');
    expect(edge?.agents?.map(({ name }) => name)).toEqual(['a']);
    expect(edge && reachOf(edge)).toEqual({ count: 1, unit: 'agents' });
    const empty = targetsOf(repository, []).get('Configuration/edge');
    expect(empty && reachOf(empty)).toEqual({ count: 0, unit: 'agents' });
  });

  it('gives a configuration without selector to nobody, on a BindPlane server to everybody', () => {
    const agents = [agent('a', '1.80.1', { labels: { configuration: 'edge' } })];
    expect(targetsOf(repository, agents).get('Configuration/open')).toMatchObject({
      agents: [],
      workloads: [],
    });
    const open = targetsOf(repository, agents, 'everybody').get('Configuration/open');
    expect(open?.selector).toBeUndefined();
    expect(open?.agents).toHaveLength(1);
    expect(open?.workloads).toHaveLength(1);
  });
});
