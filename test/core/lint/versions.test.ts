import { describe, expect, it } from 'vitest';
import type { Agent } from '../../../src/core/fleet/agent.ts';
import type { Finding } from '../../../src/core/document/finding.ts';
import { lint } from '../../../src/core/lint/lint.ts';
import { builtInCatalogue } from '../../support/catalogue.ts';
import { repositoryView } from '../../support/repository.ts';
import { agent } from '../../support/values.ts';

/** Whose version counts for the rules about versions. */
const catalogue = builtInCatalogue();
const labels = { configuration: 'edge' };
const files = {
  'resources.yaml': `apiVersion: bindplane.observiq.com/v1
kind: Source
metadata: {name: kubelet}
spec:
  type: k8s_kubelet
  parameters: [{name: cluster_name, value: shop}]
---
apiVersion: bindplane.observiq.com/v1
kind: Destination
metadata: {name: out}
spec: {type: otlp_grpc, parameters: [{name: hostname, value: backend}]}
---
apiVersion: bindplane.observiq.com/v1
kind: Configuration
metadata: {name: edge}
spec:
  sources: [{name: kubelet}]
  destinations: [{name: out}]
  selector: {matchLabels: {configuration: edge}}
`,
};

function workload(version: string): Readonly<Record<string, string>> {
  return {
    'agent.yaml': `apiVersion: apps/v1
kind: DaemonSet
metadata: {name: node, namespace: obs}
spec:
  template:
    spec:
      containers:
        - name: agent
          image: ghcr.io/observiq/bindplane-agent:${version}
          env:
            - {name: OPAMP_LABELS, value: configuration=edge}
            - {name: KUBE_NODE_NAME, value: here}
`,
  };
}

function versionFindings(
  head: Readonly<Record<string, string>>,
  more: {
    agents?: readonly Agent[];
    base?: Readonly<Record<string, string>>;
    collectorVersion?: string;
  } = {},
): readonly Finding[] {
  const context = more.agents === undefined ? {} : { agents: more.agents };
  return lint({
    head: repositoryView(head, context),
    catalogue,
    ...(more.base && { base: repositoryView(more.base, context) }),
    ...(more.collectorVersion !== undefined && { collectorVersion: more.collectorVersion }),
  }).filter(({ rule }) => rule.startsWith('VER-'));
}

describe('the versions that count', () => {
  it('nobody known: no verdict', () => {
    expect(versionFindings(files)).toEqual([]);
  });

  it('the collector version asked for, where nobody is known', () => {
    expect(versionFindings(files, { collectorVersion: '0.129.0' })).toMatchObject([
      { rule: 'VER-003', severity: 'error' },
    ]);
    expect(versionFindings(files, { collectorVersion: '0.135.0' })).toEqual([]);
    expect(versionFindings({ ...files, ...workload('1.84.0') }, { collectorVersion: '0.129.0' })).toEqual([]);
  });

  it('the image of the manifest that gets the configuration', () => {
    expect(versionFindings({ ...files, ...workload('1.80.1') })).toHaveLength(1);
    expect(versionFindings({ ...files, ...workload('1.84.0') })).toEqual([]);
  });

  it('a live agent rather than the manifest that started it', () => {
    const manifests = { ...files, ...workload('1.84.0') };
    const old = [agent('old', '1.80.1', { labels })];
    expect(versionFindings(manifests, { agents: old, base: manifests })).toHaveLength(1);
  });

  it('the new image where the same change raises it, because the pods are replaced first', () => {
    const old = [agent('old', '1.80.1', { labels })];
    const options = { agents: old, base: { ...files, ...workload('1.80.1') } };
    expect(versionFindings({ ...files, ...workload('1.84.0') }, options)).toEqual([]);
  });

  it('other collectors by their own version', () => {
    const contrib = [agent('c', '0.158.0', { labels, distribution: 'otelcol-contrib' })];
    expect(versionFindings(files, { agents: contrib })).toEqual([]);
    const older = [agent('c', '0.129.0', { labels, distribution: 'otelcol-contrib' })];
    expect(versionFindings(files, { agents: older })[0]?.message).toContain('unknown to collector 0.129.0');
    expect(
      versionFindings(files, { agents: [agent('x', '1.0.0', { labels, distribution: 'unknown' })] }),
    ).toEqual([]);
  });

  it('what an agent reported of its components rather than the catalogue', () => {
    const components = {
      receivers: ['otlp'],
      processors: ['resource', 'batch'],
      exporters: ['otlp'],
      extensions: ['file_storage'],
    };
    const found = versionFindings(files, { agents: [agent('small', '1.86.0', { labels, components })] });
    expect(found).toMatchObject([
      {
        rule: 'VER-001',
        message: 'The agent lacks `kubeletstats`, by what it reported itself; it will refuse the config',
        otelcolMessage: '\'receivers\' unknown type: "kubeletstats" for id: "kubeletstats/kubelet"',
      },
    ]);
    const whole = { ...components, receivers: ['kubeletstats'] };
    const fleet = ['b', 'c'].map((name) => agent(name, '1.86.0', { labels, components: whole }));
    const [first] = versionFindings(files, {
      agents: [agent('small', '1.86.0', { labels, components }), ...fleet],
    });
    expect(first?.message).toBe(
      '1 of 3 agents lacks `kubeletstats`, by what they reported themselves; they will refuse the config',
    );
  });

  it('every version that refuses is named, once', () => {
    const agents = [
      agent('a', '1.80.1', { labels }),
      agent('b', '1.80.1', { labels }),
      agent('c', '1.83.0', { labels }),
    ];
    const [found, ...others] = versionFindings(files, { agents });
    expect(others).toEqual([]);
    expect(found?.message).toBe(
      '`k8s.pod.volume.usage` is unknown to agent 1.80.1 (collector 0.129.0) and agent 1.83.0 (collector 0.133.0); known since collector 0.135.0, agent 1.84.0',
    );
  });
});
