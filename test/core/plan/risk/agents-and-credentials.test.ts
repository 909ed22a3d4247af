import { describe, expect, it } from 'vitest';
import type { Agent } from '../../../../src/core/fleet/agent.ts';
import { agent } from '../../../support/values.ts';
import { base, doc, type Files, planOf, serverWith } from '../support.ts';
import { BASE, edited, raw, risks, type Told, told } from './raw-configs.ts';

describe('RSK-007 more agents', () => {
  const fleet: readonly Agent[] = ['a', 'b', 'c'].map((name, index) =>
    agent(name, '1.90.0', {
      labels: index === 0 ? { app: 'edge', site: 'x' } : { app: 'edge' },
    }),
  );
  const narrow = raw(BASE, 'app: edge, site: x');
  const reach = (before: Files, after: Files, agents?: readonly Agent[]): Told =>
    told(planOf(before, after, agents === undefined ? {} : { context: { agents } }).risk.reasons, 'RSK-007');

  it('because a label is no longer asked for', () => {
    expect(reach(narrow, raw(BASE, 'app: edge'), fleet)).toEqual([
      'medium RSK-007 selects `app=edge` instead of `app=edge,site=x`: 3 agents instead of 1',
    ]);
  });

  it('because nothing is asked for any more', () => {
    const everybody = { ...narrow, 'edge.yaml': (narrow['edge.yaml'] ?? '').replace(/selector:[\s\S]*/, '') };
    expect(reach(narrow, everybody, fleet)).toEqual([
      'high RSK-007 selects every agent instead of `app=edge,site=x`: 3 agents instead of 1',
    ]);
  });

  it('because others are asked for', () => {
    const others = [...fleet, agent('d', '1.90.0', { labels: { app: 'other' } })];
    expect(reach(raw(BASE, 'app: edge'), raw(BASE, 'app: other'), others)).toEqual([
      'medium RSK-007 selects `app=other` instead of `app=edge`: 1 agent instead of 3, 1 of them new',
    ]);
  });

  it('because a fleet takes it', () => {
    const taken = {
      ...raw(BASE, 'app: edge'),
      'fleet.yaml': doc('Fleet', 'front', 'configuration: edge\nselector:\n  matchLabels: {tier: front}'),
    };
    const agents = [...fleet, agent('d', '1.90.0', { labels: { tier: 'front' } })];
    expect(reach(raw(BASE, 'app: edge'), taken, agents)).toEqual([
      'medium RSK-007 given to fleet `front`: 4 agents instead of 3',
    ]);
  });

  it('is little where nobody more is there today', () => {
    expect(reach(narrow, raw(BASE, 'app: edge'), fleet.slice(0, 1))).toEqual([
      'low RSK-007 selects `app=edge` instead of `app=edge,site=x`: nobody more today',
    ]);
  });

  it('is not a label more, nor a configuration that is new', () => {
    expect(reach(raw(BASE, 'app: edge'), narrow, fleet)).toEqual([]);
    const { 'edge.yaml': wide = '' } = raw(BASE, 'app: edge');
    expect(reach({ 'edge.yaml': wide }, { 'edge.yaml': narrow['edge.yaml'] ?? '' })).toEqual([]);
    expect(reach({ 'edge.yaml': narrow['edge.yaml'] ?? '' }, { 'edge.yaml': wide })).toEqual([
      'medium RSK-007 selects `app=edge` instead of `app=edge,site=x`',
    ]);
    expect(reach({}, raw(BASE, 'app: edge'), fleet)).toEqual([]);
  });
});

describe('RSK-008 a credential', () => {
  const withHeaders = (headers: string): string =>
    edited(['endpoint: "two:4317"', `endpoint: "two:4317", headers: ${headers}`]);

  it.each([
    ['{api-key: abc}', '{api-key: xyz}', 'gets another value'],
    ['{api-key: abc}', '{}', 'goes away: agents no longer authenticate with it'],
    ['{x: y}', '{x: y, api-key: abc}', 'is new: agents authenticate with it from now on'],
    [
      '{api-key: "${env:KEY}"}',
      '{api-key: abc}',
      'stands in the file now instead of being read on the agent',
    ],
    [
      '{api-key: abc}',
      '{api-key: "${env:KEY}"}',
      'is read on the agent now (`${env:KEY}`): it must be there before the rollout',
    ],
    [
      '{api-key: "${env:KEY}"}',
      '{api-key: "${env:KEY2}"}',
      'is read from `${env:KEY2}` instead of `${env:KEY}`',
    ],
  ])('%s becomes %s', (before, after, words) => {
    const reasons = risks(withHeaders(after), withHeaders(before));
    expect(reasons).toEqual([`medium RSK-008 \`headers.api-key\` of \`otlp/two\` ${words}`]);
    expect(reasons.join()).not.toMatch(/abc|xyz/);
  });

  it.each([
    ['{x-scope-orgid: a}', '{x-scope-orgid: b}'],
    ['{api-key: "${KEY}"}', '{api-key: "${env:KEY}"}'],
  ])('is not %s becoming %s', (before, after) => {
    expect(risks(withHeaders(after), withHeaders(before))).toEqual([]);
  });

  it('in an address, which is the same place all the same', () => {
    const at = (user: string): string =>
      edited(['endpoint: "two:4317"', `endpoint: "https://${user}@two:4317"`]);
    expect(risks(at('shop:second'), at('shop:first'))).toEqual([
      'medium RSK-008 the credential in `endpoint` of `otlp/two` is another one',
    ]);
  });

  it('in a parameter that its type calls sensitive, by name and place', () => {
    const destination = (token: string): string =>
      doc(
        'Destination',
        'out',
        `type: honeycomb\nparameters:\n  - name: dataset\n    value: shop\n  - name: api_key\n    value: ${token}`,
      );
    const before = { ...base, 'out.yaml': destination('aaaaaaaa-1') };
    const { risk, configurations } = planOf(before, { ...base, 'out.yaml': destination('bbbbbbbb-2') });
    expect(told(risk.reasons)).toEqual([
      'medium RSK-008 parameter `api_key` of `Destination out` gets another value',
    ]);
    expect(risk.reasons.find(({ rule }) => rule === 'RSK-008')?.at).toMatchObject({
      file: 'out.yaml',
      line: 11,
    });
    expect(configurations[0]?.reworded).toBeUndefined();
  });

  it('is not what a server only shows masked', () => {
    const destination = (token: string): string =>
      doc(
        'Destination',
        'out',
        `type: honeycomb\nparameters:\n  - name: dataset\n    value: shop\n  - name: api_key\n    value: ${token}`,
      );
    const files = { ...base, 'out.yaml': destination('aaaaaaaa-1') };
    const server = serverWith({ ...files, 'out.yaml': destination('(sensitive)') });
    const head = { ...files, 'out.yaml': destination('bbbbbbbb-2') };
    const { risk, configurations } = planOf(files, head, { server });
    expect(told(risk.reasons)).toEqual([]);
    // Nor is it said that nothing changes.
    expect(configurations).toMatchObject([{ rollout: true, semantic: { complete: false } }]);
    expect(configurations[0]?.reworded).toBeUndefined();
  });
});
