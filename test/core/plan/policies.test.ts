import { describe, expect, it } from 'vitest';
import type { JsonMap } from '../../../src/core/document/node.ts';
import { plannedPolicies } from '../../../src/core/plan/policies.ts';
import type { PolicyChange } from '../../../src/core/plan/policy-change.ts';
import { readPolicy } from '../../../src/core/rollout/policy-file/read.ts';
import { policyDocument } from '../../../src/core/rollout/policy-file/write.ts';
import type { ConfigurationPlan, Plan } from '../../../src/core/plan/plan.ts';
import { repositoryView } from '../../support/repository.ts';
import { type Files, planOf } from './support.ts';
import { BASE, raw } from './risk/raw-configs.ts';

const policy = (name: string, spec = '{}'): string =>
  `kind: RolloutPolicy\nmetadata: {name: ${name}}\nspec: ${spec}\n`;

function changes(
  base: Files,
  head: Files,
  server?: Readonly<Record<string, JsonMap>>,
): readonly PolicyChange[] {
  const known = server === undefined ? undefined : new Map(Object.entries(server));
  const rolled = { name: 'edge', rollout: true } as ConfigurationPlan;
  return plannedPolicies(repositoryView(base).repository, repositoryView(head).repository, [rolled], known);
}

const told = (list: readonly PolicyChange[]): readonly string[] =>
  list.map(({ action, name }) => `${action} ${name}`);

/** The document that a server keeps of a text. */
function kept(text: string): JsonMap {
  const [root] = repositoryView({ 'p.yaml': text }).repository.policyDocuments;
  const spec = root === undefined ? undefined : readPolicy(root).spec;
  if (spec === undefined) throw new Error('no policy');
  return policyDocument(spec);
}

describe('policies of a plan', () => {
  it('are created, changed and deleted by their names, whatever their files are called', () => {
    const base = { 'a.yaml': policy('a'), 'b.yaml': policy('b'), 'c.yaml': policy('c', '{profile: fast}') };
    const head = {
      'z.yaml': policy('a'),
      'c.yaml': policy('c', '{profile: careful}'),
      'd.yaml': policy('d'),
    };
    expect(told(changes(base, head))).toEqual(['delete b', 'update c', 'create d']);
  });

  it('say what differs in the words of the file', () => {
    const was = '{waves: [{name: dev, selector: {matchLabels: {env: dev}}}], batches: {steps: [5%]}}';
    const is =
      '{waves: [{name: prod, selector: {matchLabels: {env: prod}}}], windows: [{days: Fri, tz: UTC}, {tz: CET}]}';
    const [change] = changes({ 'a.yaml': policy('a', was) }, { 'a.yaml': policy('a', is) });
    expect(change?.fields).toEqual([
      { path: 'waves', before: 'dev', after: 'prod' },
      { path: 'waves.dev.selector.matchLabels.env', before: 'dev' },
      { path: 'batches.steps', before: '5%, 100%' },
      { path: 'waves.prod.selector.matchLabels.env', after: 'prod' },
      { path: 'windows', after: 'Fri UTC, CET' },
    ]);
  });

  it('that say the same in other words do not change', () => {
    const was = { 'a.yaml': policy('a', '{soak: {batch: 90s}, gates: {send_failed: {shadow: true}}}') };
    const is = { 'a.yaml': policy('a', '{gates: {send-failed: {shadow: true}}, soak: {batch: 1m30s}}') };
    expect(changes(was, is)).toEqual([]);
  });

  it('start from what the server has', () => {
    const base = { 'a.yaml': policy('a'), 'b.yaml': policy('b') };
    const head = { 'a.yaml': policy('a', '{profile: fast}'), 'c.yaml': policy('c') };
    expect(told(changes(base, head, {}))).toEqual(['create a', 'create c']);
    const server = {
      a: kept(policy('a', '{profile: fast}')),
      b: kept(policy('b')),
      c: kept(policy('c', '{profile: fast}')),
      other: kept(policy('other')),
    };
    expect(told(changes(base, head, server))).toEqual(['delete b', 'update c']);
  });

  it('that a rollout goes by and the server lacks are sent too', () => {
    const { 'edge.yaml': edge = '', ...more } = raw(BASE);
    const named = {
      ...more,
      'edge.yaml': edge.replace('name: edge', 'name: edge\n  labels: {rollout-policy: a}'),
      'a.yaml': policy('a'),
      'b.yaml': policy('b'),
    };
    expect(told(changes(named, named, {}))).toEqual(['create a']);
    expect(changes(named, named)).toEqual([]);
  });

  it('that cannot be read are a change without its text, until base has them too', () => {
    const broken = { 'a.yaml': policy('a', '{profile: slow}') };
    expect(changes({ 'a.yaml': policy('a') }, broken)).toMatchObject([
      { action: 'update', name: 'a', unread: true },
    ]);
    expect(changes(broken, broken)).toEqual([]);
  });
});

describe('a plan with policies', () => {
  const files = (spec: string): Files => ({ 'a.yaml': policy('a', spec) });
  const plan = (before: string, after: string): Plan => planOf(files(before), files(after));

  it('has another digest for each text of them, and the same for the same', () => {
    const digests = ['{profile: fast}', '{profile: careful}', '{soak: {batch: 1m}}'].map(
      (spec) => plan('{}', spec).digest,
    );
    expect(new Set(digests).size).toBe(3);
    expect(plan('{}', '{soak: {batch: 60s}}').digest).toBe(digests[2]);
  });

  it('has a step for each, after which nothing but rollouts waits', () => {
    expect(plan('{}', '{profile: fast}').steps).toMatchObject([
      { id: 'policy:a', kind: 'policy', action: '~', policy: 'a', after: [] },
    ]);
  });

  it('cannot be applied while one of them cannot be read', () => {
    expect(plan('{}', '{profile: slow}').applyable).toBe(false);
  });
});
