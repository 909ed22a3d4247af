import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policyValidator } from '../../../../app/build/validators.ts';
import { placeText } from '../../../../src/core/document/finding.ts';
import { parseYaml } from '../../../../src/core/document/yaml.ts';
import { GATES } from '../../../../src/core/rollout/gates/index.ts';
import { readPolicy, type ReadPolicy } from '../../../../src/core/rollout/policy-file/read.ts';
import { policyDocument } from '../../../../src/core/rollout/policy-file/write.ts';
import type { PolicySpec } from '../../../../src/core/rollout/policy.ts';

const DOCUMENTS = join(import.meta.dirname, 'documents');

function read(text: string, file = 'policy.yaml'): ReadPolicy {
  const root = parseYaml(file, text).documents[0]?.root;
  if (root?.kind !== 'map') throw new Error('no map');
  return readPolicy(root);
}

function readSpec(text: string): PolicySpec {
  const { spec, findings } = read(`kind: RolloutPolicy\nmetadata: {name: p}\nspec:\n${text}`);
  expect(findings).toEqual([]);
  if (spec === undefined) throw new Error('not read');
  return spec;
}

describe('policy documents', () => {
  it.each(readdirSync(DOCUMENTS).filter((name) => name.endsWith('.yaml')))('%s', async (name) => {
    const { spec, findings } = read(readFileSync(join(DOCUMENTS, name), 'utf8'), name);
    const told = findings.map(
      ({ at, severity, rule, message }) => `${at ? placeText(at) : '-'} ${severity} ${rule} ${message}\n`,
    );
    const said = spec === undefined ? 'no policy\n' : `${JSON.stringify(spec, null, 2)}\n`;
    await expect([...told, said].join('')).toMatchFileSnapshot(
      join(DOCUMENTS, name.replace('.yaml', '.expected.txt')),
    );
  });

  it('is what the schema says, which is compiled as it stands', async () => {
    const folder = join(import.meta.dirname, '../../../../src/core/rollout/gen');
    const { code, types } = await policyValidator();
    expect(readFileSync(join(folder, 'policy-validator.mjs'), 'utf8') === code).toBe(true);
    expect(readFileSync(join(folder, 'policy-validator.d.mts'), 'utf8') === types).toBe(true);
  });
});

describe('what a policy says', () => {
  it('takes a number of agents or a share of them as budget', () => {
    expect(readSpec('  budget: {maxBadAgents: 3}').maxBadAgents).toEqual({ agents: 3 });
    expect(readSpec('  budget: {maxBadAgents: "3"}').maxBadAgents).toEqual({ agents: 3 });
    expect(readSpec('  budget: {maxBadAgents: 2.5%}').maxBadAgents).toEqual({ share: 0.025 });
  });

  it('goes on to everybody where the steps stop before', () => {
    expect(readSpec('  batches: {steps: [5%, 50%]}').shares).toEqual([0.05, 0.5, 1]);
  });

  it('takes days in a row, lists of days, and both over the end of a week', () => {
    const days = (text: string): unknown =>
      readSpec(`  windows: [{days: ${text}, tz: UTC}]`).windows?.[0]?.days;
    expect(days('Mon-Thu')).toEqual([1, 2, 3, 4]);
    expect(days('"Sat,Sun"')).toEqual([6, 7]);
    expect(days('[friday-Mon, wed]')).toEqual([1, 3, 5, 6, 7]);
  });

  it('opens the whole day where no hours are written, and over midnight where they end before they begin', () => {
    const [whole, night, short] =
      readSpec('  windows: [{tz: UTC}, {hours: "22-04:30", tz: UTC}, {hours: 8:15-24, tz: UTC}]').windows ??
      [];
    expect(whole).toEqual({ days: [1, 2, 3, 4, 5, 6, 7], fromMinute: 0, toMinute: 1440, timeZone: 'UTC' });
    expect([night?.fromMinute, night?.toMinute]).toEqual([1320, 270]);
    expect([short?.fromMinute, short?.toMinute]).toEqual([495, 1440]);
  });

  it('knows what always makes agents differ, and labels with and without their prefix', () => {
    expect(readSpec('  canary: {strata: [collector.version, labels.role, team]}').strata).toEqual([
      'role',
      'team',
    ]);
  });

  it('gives no half of a policy that has an error', () => {
    const { name, spec, findings } = read(
      'kind: RolloutPolicy\nmetadata: {name: p}\nspec: {profile: fast, soak: {batch: 2}}',
    );
    expect(name).toBe('p');
    expect(spec).toBeUndefined();
    expect(findings).toHaveLength(1);
  });
});

const seconds = fc.integer({ min: 1, max: 86_400 }).map((value) => value * 1000);
const share = fc.integer({ min: 1, max: 1000 }).map((value) => value / 1000);
const label = fc
  .stringMatching(/^[a-z][a-z./-]{0,8}[a-z]$/)
  .filter((text) => !/^(?:labels\.|os\.|host\.|components)/.test(text));
const policy: fc.Arbitrary<PolicySpec> = fc.record(
  {
    name: fc.stringMatching(/^[a-z][a-z0-9-]{0,20}[a-z]$/),
    profile: fc.constantFrom('fast', 'standard', 'careful'),
    stages: fc
      .uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{4,8}$/), label), {
        minLength: 1,
        maxLength: 4,
        selector: ([name]) => name,
      })
      .map((list) =>
        list
          .filter(([name]) => name !== 'rest')
          .map(([name, value]) => ({ name, matchLabels: { env: value }, approval: true as const })),
      )
      .filter((list) => list.length > 0),
    canaryMaximum: fc.integer({ min: 1, max: 1000 }),
    perStratum: fc.integer({ min: 1, max: 100 }),
    controls: fc.integer({ min: 0, max: 1000 }),
    strata: fc.uniqueArray(label, { maxLength: 4 }),
    growth: fc.integer({ min: 1, max: 100 }),
    shares: fc
      .uniqueArray(share, { minLength: 1, maxLength: 5 })
      .map((list) => [...new Set([...list.sort((a, b) => a - b), 1])]),
    maxConcurrent: fc.integer({ min: 1, max: 1000 }),
    maxBadAgents: fc.oneof(
      share.map((value) => ({ share: value })),
      fc.integer({ min: 1, max: 50 }).map((agents) => ({ agents })),
    ),
    domainLabel: label,
    domainShare: share,
    settleMs: seconds,
    canarySoakMs: seconds,
    soakMs: seconds,
    finalSoakMs: fc.integer({ min: 0, max: 100_000 }),
    deadlineMs: seconds,
    phaseMs: seconds,
    rolloutMs: seconds,
    offlineQuorum: share,
    onRegression: fc.constantFrom('rollback', 'pause'),
    gates: fc
      .uniqueArray(fc.constantFrom(...GATES.map(({ id }) => id)), { maxLength: 4 })
      .map((ids) => Object.fromEntries(ids.map((id) => [id, { shadow: true }]))),
    checks: fc.uniqueArray(fc.string({ minLength: 1, maxLength: 100, unit: 'grapheme-ascii' }), {
      maxLength: 10,
    }),
    windows: fc.array(
      fc.record({
        days: fc
          .uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 })
          .map((days) => days.sort((a, b) => a - b)),
        fromMinute: fc.integer({ min: 0, max: 700 }),
        toMinute: fc.integer({ min: 701, max: 1440 }),
        timeZone: fc.constantFrom('UTC', 'Europe/Berlin'),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  },
  { requiredKeys: ['name'] },
);

describe('laws', () => {
  it('a policy that is written is read again as it was', () => {
    fc.assert(
      fc.property(policy, (spec) => {
        const { spec: again, findings } = read(JSON.stringify(policyDocument(spec)));
        expect(findings).toEqual([]);
        const { gates = {}, ...rest } = spec;
        expect(again).toEqual(Object.keys(gates).length > 0 ? { ...rest, gates } : rest);
      }),
      { numRuns: process.env['COLLIE_LAWS'] === 'full' ? 10_000 : 100 },
    );
  });
});
