import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../src/core/plan/plan.ts';
import { agent } from '../../support/values.ts';
import { doc, configuration, workload, base, planOf, ids, serverWith, type Files } from './support.ts';

describe('nothing changed', () => {
  it('gives no steps, no findings, and the digest of nothing', () => {
    const plan = planOf(base, base);
    expect(plan).toMatchObject({
      steps: [],
      configurations: [],
      findings: [],
      applyable: true,
      complete: true,
    });
    expect(plan.digest).toBe(planOf({}, {}).digest);
    expect(plan.changes.every(({ action }) => action === 'unchanged')).toBe(true);
  });

  it('does not count comments, blank lines and the order of keys as change', () => {
    const edited = {
      ...base,
      'in.yaml': `# why\n${(base['in.yaml'] ?? '').replace('kind: Source\n', '')}\n\nkind: Source\n`,
    };
    expect(planOf(base, edited).steps).toEqual([]);
  });

  it('does not repeat findings that were there before', () => {
    const flawed = { ...base, 'idle.yaml': doc('Source', 'idle', 'type: host') };
    expect(planOf(flawed, flawed).findings).toEqual([]);
    expect(planOf(base, flawed).findings.map(({ rule }) => rule)).toEqual(['BPR-004']);
  });
});

describe('what a change reaches', () => {
  it('rolls a configuration out when a source of it changes', () => {
    const head = {
      ...base,
      'in.yaml': doc('Source', 'in', 'type: otlp\nparameters:\n  - name: grpc_port\n    value: 4319'),
    };
    const plan = planOf(base, head);
    expect(ids(plan)).toEqual(['apply:Source/in', 'gate-zero', 'rollout:edge']);
    expect(plan.configurations).toMatchObject([
      { name: 'edge', rollout: true, diff: { added: 1, removed: 1 } },
    ]);
    expect(plan.changes.find(({ key }) => key === 'Source/in')?.fields).toEqual(['spec.parameters']);
  });

  it('shows a touched configuration without effect, and rolls nothing out', () => {
    const head = {
      ...base,
      'edge.yaml': (base['edge.yaml'] ?? '').replace(
        '  name: edge\n',
        '  name: edge\n  description: the edge\n',
      ),
    };
    const plan = planOf(base, head);
    expect(ids(plan)).toEqual(['apply:Configuration/edge']);
    expect(plan.configurations).toMatchObject([{ rollout: false, diff: { added: 0, removed: 0 } }]);
  });

  it('rolls out when only a secret changes, without a word of it in the diff', () => {
    const secret = (token: string): string =>
      doc(
        'Destination',
        'out',
        `type: dynatrace_otlp\nparameters:\n  - name: deployment_type\n    value: Custom\n  - name: custom_url\n    value: https://example.com/api/v2/otlp\n  - name: dynatrace_api_token\n    value: ${token}`,
      );
    const plan = planOf(
      { ...base, 'out.yaml': secret('first-token') },
      { ...base, 'out.yaml': secret('second-token') },
    );
    expect(ids(plan)).toEqual(['apply:Destination/out', 'gate-zero', 'rollout:edge']);
    expect(plan.configurations[0]).toMatchObject({ rollout: true, diff: { added: 0, removed: 0 } });
    expect(plan.configurations[0]?.after?.text).not.toContain('second-token');
  });

  it('rolls out when only the selector changes', () => {
    const head = {
      ...base,
      'edge.yaml': (base['edge.yaml'] ?? '').replace('configuration: edge', 'site: north'),
    };
    expect(ids(planOf(base, head))).toContain('rollout:edge');
  });

  it('does not roll out to nobody: the agents are known and none matches', () => {
    const head = { ...base, 'in.yaml': doc('Source', 'in', 'type: host') };
    const plan = planOf(base, head, {
      context: { agents: [agent('a', '1.86.0', { labels: { configuration: 'other' } })] },
    });
    expect(ids(plan)).toEqual(['apply:Source/in']);
    expect(plan.configurations[0]).toMatchObject({ rollout: false, reach: { count: 0, unit: 'agents' } });
  });

  it('touches the configuration that a fleet gives', () => {
    const head = { ...base, 'fleet.yaml': (base['fleet.yaml'] ?? '').replace('fleet: front', 'site: north') };
    expect(planOf(base, head).configurations.map(({ name }) => name)).toEqual(['edge']);
  });
});

describe('deletes', () => {
  it('come last, users before what they used', () => {
    const plan = planOf(base, { 'in.yaml': base['in.yaml'] ?? '' });
    expect(ids(plan)).toEqual(['delete:Fleet/front', 'delete:Configuration/edge', 'delete:Destination/out']);
    expect(plan.steps[2]?.after).toEqual(['delete:Configuration/edge']);
  });

  it('wait until the configuration runs without the thing', () => {
    const two = {
      ...base,
      'more.yaml': doc('Source', 'more', 'type: host'),
      'edge.yaml': configuration('edge', ['in', 'more']),
    };
    const plan = planOf(two, base);
    expect(ids(plan)).toEqual([
      'apply:Configuration/edge',
      'gate-zero',
      'rollout:edge',
      'delete:Source/more',
    ]);
    expect(plan.steps.at(-1)?.after).toEqual(['apply:Configuration/edge', 'rollout:edge']);
  });

  it('never touch what no file described', () => {
    const plan = planOf({}, base, { server: serverWith({}, { unmanaged: 7 }) });
    expect(plan.steps.filter(({ kind }) => kind === 'delete')).toEqual([]);
    expect(plan.unmanaged).toBe(7);
  });

  it('pass over what the server does not have any more', () => {
    const plan = planOf(base, {}, { server: serverWith({ 'in.yaml': base['in.yaml'] ?? '' }) });
    expect(ids(plan)).toEqual(['delete:Source/in']);
  });
});

describe('with a server', () => {
  const head = { ...base, 'in.yaml': doc('Source', 'in', 'type: host') };

  it('leaves alone what the server has already', () => {
    const plan = planOf(base, head, { server: serverWith(head) });
    expect(plan.steps).toEqual([]);
    expect(plan.changes.find(({ key }) => key === 'Source/in')?.action).toBe('unchanged');
  });

  it('says by the server what is new and what differs', () => {
    const plan = planOf({}, head, { server: serverWith({ 'in.yaml': base['in.yaml'] ?? '' }) });
    const actions = Object.fromEntries(plan.changes.map(({ key, action }) => [key, action]));
    expect(actions).toEqual({
      'Source/in': 'update',
      'Destination/out': 'create',
      'Configuration/edge': 'create',
      'Fleet/front': 'create',
    });
  });

  it('also brings what a changed resource needs and the server lacks', () => {
    const more = {
      ...base,
      'edge.yaml': (base['edge.yaml'] ?? '').replace('- name: in', '- name: in\n    - type: host'),
    };
    const plan = planOf(base, more, { server: serverWith({ 'edge.yaml': base['edge.yaml'] ?? '' }) });
    expect(ids(plan).filter((id) => id.startsWith('apply:'))).toEqual([
      'apply:Source/in',
      'apply:Destination/out',
      'apply:Configuration/edge',
    ]);
  });

  it('counts versions on', () => {
    const plan = planOf(base, head, { server: serverWith(base, { versions: new Map([['edge', 4]]) }) });
    expect(plan.configurations[0]?.versions).toEqual({ before: 4, after: 5 });
  });

  it('is complete only when our renders equal the server’s', () => {
    const verified = (equal: number): Plan =>
      planOf(base, head, { server: serverWith(base, { verification: { equal, compared: 3 } }) });
    expect(verified(3)).toMatchObject({ complete: true, verification: { equal: 3, compared: 3 } });
    expect(verified(2).incompleteReasons).toEqual([
      "our render differs from the server's for 1 of 3 current configurations",
    ]);
  });
});

describe('manifests of several clusters', () => {
  const [older, newer] = ['1.80.1', '1.84.0'].map((version) =>
    workload('agent', 'configuration=edge', `ghcr.io/observiq/bindplane-agent:${version}`),
  );
  const both: Files = { ...base, 'east/agent.yaml': older ?? '', 'west/agent.yaml': newer ?? '' };

  it('are no change where no file changed, though one key stands for two objects', () => {
    expect(ids(planOf(both, both))).toEqual([]);
  });

  it('are a change where one becomes what the other is', () => {
    const plan = planOf(both, { ...both, 'east/agent.yaml': newer ?? '' });
    expect(ids(plan)).toEqual(['external:east/agent.yaml']);
  });

  it('are removed one by one, and moved without a step', () => {
    const { 'east/agent.yaml': _east, ...west } = both;
    const { 'west/agent.yaml': moved = '', ...others } = both;
    expect(planOf(both, west).steps).toMatchObject([{ command: expect.stringContaining('kubectl delete') }]);
    expect(ids(planOf(both, { ...others, 'north/agent.yaml': moved }))).toEqual([]);
  });
});

describe('refusals', () => {
  const kubelet = doc(
    'Source',
    'kubelet',
    'type: k8s_kubelet\nparameters:\n  - name: cluster_name\n    value: shop',
  );
  const head = { ...base, 'kubelet.yaml': kubelet, 'edge.yaml': configuration('edge', ['in', 'kubelet']) };
  const labels = { configuration: 'edge' };

  it('name the agents that will refuse, with the finding as the plan has it', () => {
    const agents = [
      agent('old', '1.80.1', { labels }),
      agent('new', '1.86.0', { labels }),
      agent('else', '1.80.1'),
    ];
    const plan = planOf(base, head, { context: { agents } });
    expect(plan.configurations[0]?.refusals.map(({ name, version }) => [name, version])).toEqual([
      ['old', '1.80.1'],
    ]);
    expect(plan.findings).toContainEqual(plan.configurations[0]?.refusals[0]?.finding);
    // What agents refuse can be applied: who merges it has seen it, and the canary finds out.
    expect(plan.applyable).toBe(true);
    expect(plan.notApplyableReasons).toEqual([]);
  });

  it('are gone when the same change brings the agents a newer image', () => {
    const agents = [agent('old', '1.80.1', { labels })];
    const old = { ...base, 'agent.yaml': workload('edge-agent', 'configuration=edge') };
    const raised = {
      ...head,
      'agent.yaml': workload('edge-agent', 'configuration=edge', 'ghcr.io/observiq/bindplane-agent:1.84.0'),
    };
    const plan = planOf(old, raised, { context: { agents } });
    expect(plan.configurations[0]?.refusals).toEqual([]);
    expect(ids(plan)).toContain('external:agent.yaml');
    expect(plan.steps.find(({ id }) => id === 'rollout:edge')?.after).toContain('await-agents:edge');
  });

  it('do not stand on configurations that are not rolled out', () => {
    const agents = [agent('old', '1.80.1', { labels })];
    const described = {
      ...head,
      'edge.yaml': (head['edge.yaml'] ?? '').replace('  name: edge\n', '  name: edge\n  description: x\n'),
    };
    expect(planOf(head, described, { context: { agents } }).configurations[0]?.refusals).toEqual([]);
  });
});

describe('what cannot be applied', () => {
  it.each<[string, string, Files]>([
    [
      'a key that the schema does not have',
      'BPR-001',
      { 'in.yaml': doc('Source', 'in', 'type: otlp\nparametres: []') },
    ],
    ['a reference to nothing', 'BPR-003', { 'edge.yaml': configuration('edge', ['in', 'gone']) }],
    [
      'a selector that matches everybody',
      'BPR-002',
      { 'edge.yaml': doc('Configuration', 'edge', 'sources:\n  - name: in\nselector:\n  matchLabels: {}') },
    ],
    ['two resources with one name', 'BPR-005', { 'z.yaml': doc('Source', 'in', 'type: host') }],
    [
      'a config that replaces the extension of the supervisor',
      'SUP-002',
      {
        'edge.yaml': doc(
          'Configuration',
          'edge',
          'raw: |\n  extensions: {opamp: {server: {ws: {endpoint: "wss://other/v1/opamp"}}}}\nselector:\n  matchLabels: {configuration: edge}',
        ),
        'supervisor.yaml':
          'server: {endpoint: "wss://opamp.example.com/v1/opamp"}\ncapabilities: {accepts_remote_config: true}\nagent: {executable: /otelcol}\nstorage: {directory: /var/lib/supervisor}\n',
      },
    ],
    ['a file that is no YAML', 'CFG-001', { 'in.yaml': `${base['in.yaml'] ?? ''}  type: otlp\n` }],
  ])('%s is told with its place', (_, rule, change) => {
    const plan = planOf(base, { ...base, ...change });
    expect(plan.applyable).toBe(false);
    expect(plan.notApplyableReasons).toContainEqual(
      expect.stringMatching(new RegExp(`^${Object.keys(change)[0] ?? ''}:\\d+:\\d+: ${rule}: `)),
    );
  });
});

describe('what could not be checked', () => {
  it('is said: unknown types, unknown versions', () => {
    const head = {
      ...base,
      'in.yaml': doc('Source', 'in', 'type: no_such_type'),
      'agent.yaml': workload('edge-agent', 'configuration=edge', 'ghcr.io/observiq/bindplane-agent:latest'),
    };
    const plan = planOf(base, head);
    expect(plan.complete).toBe(false);
    expect(plan.incompleteReasons).toEqual([
      expect.stringContaining('type no_such_type is not in the catalogue'),
      expect.stringContaining('the version of Deployment edge-agent is not known'),
    ]);
  });

  const NETFLOW = 'type: netflow\nparameters:\n  - name: port\n    value: 1';
  const SENTENCE = 'cannot be rendered here: type netflow is not in the catalogue; `collie types pull`';

  it('is never taken for no change: a parameter of an unknown type', () => {
    const before = { ...base, 'in.yaml': doc('Source', 'in', NETFLOW) };
    const plan = planOf(before, { ...before, 'in.yaml': doc('Source', 'in', NETFLOW.replace('1', '2')) });
    expect(plan.configurations).toMatchObject([{ name: 'edge', rollout: true }]);
    expect(plan.incompleteReasons).toContain(`edge: ${SENTENCE}`);
  });

  it('is never taken for no change: an unknown type that goes away', () => {
    const before = { ...base, 'in.yaml': doc('Source', 'in', NETFLOW) };
    const plan = planOf(before, base);
    expect(plan.configurations).toMatchObject([{ name: 'edge', rollout: true }]);
    expect(plan.complete).toBe(false);
    expect(plan.incompleteReasons).toContain(`edge as it was before: ${SENTENCE}`);
  });
});
