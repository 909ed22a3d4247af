import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Finding } from '../../../src/core/document/finding.ts';
import { buildPlan } from '../../../src/core/plan/build-plan.ts';
import type { Plan } from '../../../src/core/plan/plan.ts';
import { builtInCatalogue } from '../../support/catalogue.ts';
import { folderView, repositoryView } from '../../support/repository.ts';
import { sharedPath, skipReason } from '../../support/shared.ts';

/** A whole BindPlane and Kubernetes repository from the world, with the defects and the order its README lists. */
const FOLDER = ['data', 'astroshop-bindplane-labs'] as const;
const folder = sharedPath(...FOLDER);
// oxlint-disable-next-line no-console -- why a test is skipped must be seen
if (folder === undefined) console.warn(skipReason(...FOLDER));

interface Expected {
  readonly apply_stages: readonly (readonly string[])[];
  readonly rollouts_in_order: readonly string[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  readonly unreferenced: readonly string[];
}

function planOf(path: string): { readonly plan: Plan; readonly expected: Expected } {
  const expected = parse(readFileSync(join(path, 'expected', 'dependencies.yaml'), 'utf8')) as Expected;
  const plan = buildPlan({
    base: repositoryView({}),
    head: folderView(path),
    catalogue: builtInCatalogue(),
  });
  return { plan, expected };
}

describe.skipIf(folder === undefined)('plan of the astroshop repository from nothing', () => {
  const { plan, expected } = folder === undefined ? { plan: undefined, expected: undefined } : planOf(folder);
  const steps = plan?.steps ?? [];
  const positions = (ids: readonly string[]): readonly number[] =>
    ids.map((id) => steps.findIndex((step) => step.id === id));
  const findings = plan?.findings ?? [];
  const at = (rule: string, file: string, line: number): Finding | undefined =>
    findings.find((one) => one.rule === rule && one.at?.file === file && one.at.line === line);

  it('applies everything in the stages of its README, each resource once', () => {
    let last = -1;
    for (const stage of expected?.apply_stages ?? []) {
      const here = positions(stage.map((key) => `apply:${key}`));
      expect(Math.min(...here)).toBeGreaterThan(last);
      last = Math.max(...here);
    }
    const applied = steps.filter(({ kind }) => kind === 'apply');
    expect(applied).toHaveLength(expected?.apply_stages.flat().length ?? 0);
    expect(applied.every(({ action }) => action === '+')).toBe(true);
  });

  it('has an edge for each reference', () => {
    for (const { from, to } of expected?.edges ?? []) {
      expect(steps.find(({ id }) => id === `apply:${from}`)?.after).toContain(`apply:${to}`);
    }
  });

  it('then wants namespace, Secret, gateway, the two others, Helm, in that order and by exact commands', () => {
    expect(steps.flatMap(({ kind, command }) => (kind === 'external' ? [command] : []))).toEqual([
      'kubectl create namespace bindplane-agent --dry-run=client -o yaml | kubectl apply -f -',
      'kubectl create secret generic bindplane-agent-secret --namespace bindplane-agent --from-literal=secret-key="$SECRET_KEY"',
      'kubectl apply -f bindplane/k8s-gateway-agent.yaml',
      'kubectl apply -f bindplane/k8s-cluster-agent.yaml',
      'kubectl apply -f bindplane/k8s-node-agent.yaml',
      'helm upgrade --install RELEASE CHART --values astroshop-values.yaml --wait',
    ]);
    const [lastApply, firstExternal] = [
      steps.findLastIndex(({ kind }) => kind === 'apply'),
      steps.findIndex(({ kind }) => kind === 'external'),
    ];
    expect(firstExternal).toBeGreaterThan(lastApply);
  });

  it('rolls out last, the gateway before those that send to it', () => {
    const rollouts = steps.filter(({ kind }) => kind === 'rollout');
    expect(new Set(rollouts.map(({ configuration }) => configuration))).toEqual(
      new Set(expected?.rollouts_in_order),
    );
    expect(rollouts[0]?.configuration).toBe('astroshop-gateway');
    for (const rollout of rollouts) {
      expect(rollout.after).toContain('gate-zero');
      expect(rollout.after).toContain(`await-agents:${rollout.configuration ?? ''}`);
    }
    for (const sender of ['astroshop-node', 'astroshop-cluster']) {
      expect(steps.find(({ id }) => id === `rollout:${sender}`)?.after).toContain(
        'rollout:astroshop-gateway',
      );
    }
  });

  it('reaches one workload with each configuration', () => {
    const delivered = plan?.configurations.filter(({ delivery }) => delivery === undefined);
    expect(delivered?.map(({ name, reach, rollout }) => [name, reach, rollout])).toEqual(
      ['astroshop-cluster', 'astroshop-gateway', 'astroshop-node'].map((name) => [
        name,
        { count: 1, unit: 'workloads' },
        true,
      ]),
    );
  });

  it.each([12, 27, 42])('defect 1: selector beside spec, fleets.yaml:%i', (line) => {
    const found = at('BPR-002', 'bindplane/fleets.yaml', line);
    expect(found?.severity).toBe('error');
    expect(found?.fixes?.[0]?.edits?.map(({ at: place }) => place.line)).toEqual([line, line + 1, line + 2]);
  });

  it.each([
    ['k8s-gateway-agent.yaml', 220],
    ['k8s-node-agent.yaml', 112],
    ['k8s-cluster-agent.yaml', 103],
  ])('defect 2: a fleet label that no selector uses, %s:%i', (file, line) => {
    expect(at('BPR-010', `bindplane/${file}`, line)?.message).toContain('no selector uses the label `fleet=');
  });

  it('defect 4: a token that the gateway does not have', () => {
    const found = at('BPR-008', 'bindplane/gateway-destination.yaml', 18);
    expect(found?.severity).toBe('error');
    expect(found?.message).toContain('DT_API_TOKEN');
    expect(found?.related?.[0]?.at.file).toBe('bindplane/k8s-gateway-agent.yaml');
    expect(found?.related?.[0]?.at.line).toBeGreaterThanOrEqual(207);
    expect(found?.related?.[0]?.at.line).toBeLessThanOrEqual(230);
  });

  it('defect 6: the sources that nobody uses, and no others', () => {
    const unused = findings.filter(({ rule }) => rule === 'BPR-004');
    expect(unused.map(({ at: place }) => [place?.file, place?.line])).toEqual([
      ['bindplane/sources.yaml', 33],
      ['bindplane/sources.yaml', 43],
    ]);
  });

  it.each([
    [7, 35, 'k8s.pod.volume.usage', '1.84.0', ['k8s-node-agent.yaml', 31, 77]],
    [
      8,
      45,
      'k8s.container.status.reason, k8s.service.endpoint.count',
      '1.94.0',
      ['k8s-cluster-agent.yaml', 32, 75],
    ],
  ] as const)(
    'defect %i: sources.yaml:%i would render metrics that 1.80.1 refuses',
    (_, line, metrics, version, [file, ...lines]) => {
      const found = at('VER-003', 'bindplane/sources.yaml', line);
      expect(found).toMatchObject({
        severity: 'notice',
        otelcolMessage: `'metrics' has invalid keys: ${metrics}`,
      });
      const [switchOff, newer] = found?.fixes ?? [];
      expect(switchOff?.edits?.[0]?.text).toContain(metrics.split(', ')[0]);
      expect(newer?.title).toContain(version);
      const edited = newer?.edits?.filter((edit) => edit.at.file.endsWith(file)).map((edit) => edit.at.line);
      expect(edited).toEqual(lines);
    },
  );

  it('shows what the values of the demo chart make of its collector, and what they name that is not there any more', () => {
    const demo = plan?.configurations.find(({ key }) => key === 'HelmValues/astroshop-values.yaml');
    expect(demo).toMatchObject({ delivery: 'helm', reach: { count: 1, unit: 'workloads' } });
    expect(demo?.after?.assumed?.join()).toContain('The version of the demo chart is not known');
    const dangling = findings.filter(({ rule }) => rule === 'CFG-005');
    expect(dangling.map(({ at: place, severity, certainty }) => [place?.line, severity, certainty])).toEqual(
      [22, 23, 23, 25, 27].map((line) => [line, 'warning', 'likely']),
    );
  });

  it('flags nothing else as an error', () => {
    const known = ['BPR-002', 'BPR-004', 'BPR-008', 'BPR-010', 'VER-003'];
    const ours = findings.filter(({ rule }) => known.includes(rule));
    expect(ours).toHaveLength(3 + 2 + 1 + 3 + 2);
    expect(findings.filter(({ rule, severity }) => severity === 'error' && !known.includes(rule))).toEqual(
      [],
    );
  });

  it('does not count the secret that a Secret brings, nor what the pod’s node name brings, as missing', () => {
    const names = findings.filter(({ rule }) => rule === 'BPR-008').map(({ message }) => message);
    expect(names.filter((message) => /OPAMP_SECRET_KEY|KUBE_NODE_NAME|OIQ_/.test(message))).toEqual([]);
  });

  it('cannot be applied as it is, and says which types nobody compared with a server', () => {
    expect(plan?.applyable).toBe(false);
    expect(plan?.notApplyableReasons).toHaveLength(3);
    expect(plan?.complete).toBe(false);
    expect(plan?.incompleteReasons.join()).toContain('not verified against a server');
  });
});
