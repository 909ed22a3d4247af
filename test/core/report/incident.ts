import type { Finding } from '../../../src/core/document/finding.ts';
import type { CommentContext } from '../../../src/core/report/comment-context.ts';
import type { Plan } from '../../../src/core/plan/plan.ts';
import {
  agent,
  configDiff,
  configurationPlan,
  effectiveConfig,
  place,
  plan,
  resource,
} from '../../support/values.ts';

/** A metric that two of three agents do not know: the plan that every golden text of this folder draws. */
const CONFIG = `exporters:
    otlp/shop-gateway:
        endpoint: gateway:4317
receivers:
    kubeletstats/shop-kubelet:
        auth_type: serviceAccount
        collection_interval: 60s
        metrics:
            k8s.pod.volume.usage:
                enabled: true
    otlp/shop-otlp: {}
service:
    pipelines:
        metrics/shop-kubelet__shop-gateway-0:
            receivers:
                - kubeletstats/shop-kubelet
            exporters:
                - otlp/shop-gateway
        metrics/shop-otlp__shop-gateway-0:
            receivers:
                - otlp/shop-otlp
`;

const METRIC: Finding = {
  rule: 'VER-003',
  severity: 'error',
  message:
    'metric `k8s.pod.volume.usage` is unknown to agent 1.80.1 (collector 0.129.0); known since collector 0.135.0, agent 1.84.0',
  at: place('bindplane/sources.yaml', 35, 7),
  configuration: 'Configuration/shop-node',
  otelcolMessage: "'metrics' has invalid keys: k8s.pod.volume.usage",
  fixes: [
    { title: 'switch the metric off', at: place('bindplane/sources.yaml', 35, 7) },
    { title: 'raise the image to 1.84.0 or later', at: place('bindplane/k8s-node-agent.yaml', 77, 18) },
  ],
};

const sources = { file: 'bindplane/sources.yaml', lines: [20, 40] as const };

export const incidentContext: CommentContext = {
  repositoryUrl: 'https://github.com/shop/fleet',
  repository: 'shop/fleet',
  pullRequest: 42,
  headSha: 'a1b2c3d4e5f60718293a4b5c6d7e8f9012345678',
  baseSha: 'd4e5f6a718293a4b5c6d7e8f9012345678a1b2c3',
  baseRef: 'main',
  fullPlanUrl: 'https://github.com/shop/fleet/actions/runs/1',
  commands: true,
};

export function incident(): Plan {
  const base = { sources: [{ name: 'shop-otlp' }], destinations: [{ name: 'shop-gateway' }] };
  const head = { ...base, sources: [{ name: 'shop-otlp' }, { name: 'shop-kubelet' }] };
  return plan({
    changes: [
      {
        action: 'create',
        key: 'Source/shop-kubelet',
        after: resource('Source/shop-kubelet', sources),
        fields: [],
      },
      {
        action: 'update',
        key: 'Configuration/shop-node',
        before: resource('Configuration/shop-node', {
          spec: base,
          file: 'bindplane/node-config.yaml',
          lines: [1, 20],
        }),
        after: resource('Configuration/shop-node', {
          spec: head,
          file: 'bindplane/node-config.yaml',
          lines: [1, 22],
        }),
        fields: ['spec.sources[shop-kubelet]'],
      },
      {
        action: 'unchanged',
        key: 'Destination/shop-gateway',
        before: resource('Destination/shop-gateway'),
        after: resource('Destination/shop-gateway'),
        fields: [],
      },
    ],
    steps: [
      { id: 'a', kind: 'apply', action: '+', resource: 'Source/shop-kubelet', text: 'apply', after: [] },
      {
        id: 'b',
        kind: 'apply',
        action: '~',
        resource: 'Configuration/shop-node',
        text: 'apply',
        after: ['a'],
      },
      {
        id: 'x',
        kind: 'external',
        command: 'kubectl apply -f bindplane/k8s-node-agent.yaml',
        text: 'roll the agents to their new image',
        after: ['b'],
      },
      {
        id: 'g',
        kind: 'gate-zero',
        text: 'read back and compare with this preview (gate zero)',
        after: ['b'],
      },
      {
        id: 'r',
        kind: 'rollout',
        configuration: 'shop-node',
        text: 'rollout `shop-node`: 1 canary (oldest version first), then 2; stops at the first refusal; the server restores whom it touched',
        after: ['g'],
      },
    ],
    configurations: [
      configurationPlan('shop-node', {
        uses: new Set(['Source/shop-kubelet'] as const),
        before: effectiveConfig('shop-node', 'exporters: {}\n'),
        after: effectiveConfig('shop-node', CONFIG, {
          provenance: [
            { path: ['receivers', 'kubeletstats/shop-kubelet'], at: place('bindplane/sources.yaml', 25, 9) },
            {
              path: ['receivers', 'kubeletstats/shop-kubelet', 'metrics', 'k8s.pod.volume.usage'],
              at: place('bindplane/sources.yaml', 35, 7),
            },
          ],
        }),
        diff: {
          added: 11,
          removed: 0,
          hunks: [
            {
              beforeLine: 5,
              afterLine: 5,
              lines: [
                '+    kubeletstats/shop-kubelet:',
                '+        auth_type: serviceAccount',
                '+        collection_interval: 60s',
                '+        metrics:',
                '+            k8s.pod.volume.usage:',
                '+                enabled: true',
                '     otlp/shop-otlp: {}',
              ],
            },
            {
              beforeLine: 8,
              afterLine: 14,
              lines: [
                '+        metrics/shop-kubelet__shop-gateway-0:',
                '+            receivers:',
                '+                - kubeletstats/shop-kubelet',
                '+            exporters:',
                '+                - otlp/shop-gateway',
              ],
            },
          ],
        },
        target: {
          configuration: 'Configuration/shop-node',
          selector: { configuration: 'shop-node' },
          fleets: ['Fleet/node'],
          workloads: [],
          agents: [agent('node-a', '1.80.1'), agent('node-b', '1.80.1'), agent('node-c', '1.86.0')],
        },
        reach: { count: 3, unit: 'agents' },
        refusals: [
          { name: 'node-a', version: '1.80.1', finding: METRIC },
          { name: 'node-b', version: '1.80.1', finding: METRIC },
        ],
        rollout: true,
        versions: { before: 1, after: 2 },
      }),
    ],
    findings: [
      METRIC,
      {
        rule: 'BPR-004',
        severity: 'warning',
        message: 'Source `shop-journald` is used by no configuration',
        at: place('bindplane/sources.yaml', 44),
      },
      {
        rule: 'VER-003',
        severity: 'notice',
        message: 'metric `k8s.node.uptime` would be unknown to agent 1.80.1',
        at: place('bindplane/sources.yaml', 60),
      },
    ],
    verification: { equal: 3, compared: 3 },
    counts: { files: 9, resources: 12, configurations: 3 },
  });
}

/** Only a description changed. */
export function quiet(): Plan {
  return plan({
    changes: [
      {
        action: 'update',
        key: 'Configuration/shop-node',
        before: resource('Configuration/shop-node'),
        after: resource('Configuration/shop-node'),
        fields: ['metadata.description'],
      },
    ],
    configurations: [
      configurationPlan('shop-node', { reach: { count: 3, unit: 'agents' } }),
      configurationPlan('shop-gateway'),
    ],
    verification: { equal: 4, compared: 4 },
  });
}

/** A good change of one configuration, with secrets in it. */
export function good(): Plan {
  const diff = configDiff(['+    batch:', '+        timeout: 2s', '+        send_batch_size: 512'], 3);
  return plan({
    configurations: [
      configurationPlan('shop-gateway', {
        after: effectiveConfig(
          'shop-gateway',
          'exporters: {}\nprocessors:\n    batch:\n        timeout: 2s\n        send_batch_size: 512\n',
        ),
        diff,
        reach: { count: 2, unit: 'agents' },
        rollout: true,
      }),
    ],
    complete: false,
    incompleteReasons: ['no control plane: built-in types, not verified'],
  });
}
