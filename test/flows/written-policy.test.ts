import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ownTypeDocuments } from '../../src/io/files.ts';
import { collie, type CliResult } from '../cli/support.ts';
import { startBindplane, type BindplaneStandIn } from '../support/bindplane-stand-in.ts';
import { virtualClock } from './support.ts';

const POLICY = `kind: RolloutPolicy
metadata: { name: careful }
spec:
  soak: { canary: 4m, batch: 3m }
`;

const CONFIGURATION = `apiVersion: bindplane.observiq.com/v1
kind: Configuration
metadata: { name: edge, labels: { rollout-policy: careful } }
spec:
  sources: [{ type: otlp }]
  destinations: [{ type: dev_null }]
  selector: { matchLabels: { configuration: edge } }
`;

let folder: string;
let bindplane: BindplaneStandIn;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'collie-policy-'));
  const types = await ownTypeDocuments();
  bindplane = await startBindplane({ tickOnRead: true, types: types.map(({ value }) => value) });
  for (const name of ['a', 'b', 'c', 'd']) {
    bindplane.addAgent({ name, version: '1.86.0', labels: { configuration: 'edge' } });
  }
  writeFileSync(join(folder, 'edge.yaml'), CONFIGURATION);
});
afterEach(async () => {
  await bindplane.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What `collie apply` prints, how long its clock went on, and the options that it started the rollout with. */
async function apply(): Promise<CliResult & { readonly tookMs: number; readonly options: unknown }> {
  const clock = virtualClock();
  const startedAt = clock.now();
  const args = [
    'apply',
    '.',
    '--yes',
    '--wait',
    '1h',
    '--fail-on',
    'never',
    '--control-plane',
    bindplane.url,
  ];
  const result = await collie(args, { directory: folder, clock });
  const start = bindplane.requests.find(({ path }) => path.endsWith('/start'));
  return { ...result, tookMs: clock.now() - startedAt, options: start?.body };
}

it('a policy of the repository says how a BindPlane server’s rollout goes about it', async () => {
  writeFileSync(join(folder, 'policy.yaml'), POLICY);
  const { code, tookMs, options, out } = await apply();
  expect(code).toBe(0);
  expect(out).toContain('2 of ');
  expect(options).toEqual({
    options: {
      startAutomatically: false,
      rollbackOnFailure: true,
      phaseAgentCount: { initial: 1, multiplier: 2, maximum: 100 },
      maxErrors: 0,
    },
  });
  // One, two, one: the canary, a batch, and the last one.
  expect(tookMs).toBeGreaterThanOrEqual((4 + 3 + 3) * 60_000);
});

it('without one the server goes at its own pace', async () => {
  writeFileSync(
    join(folder, 'edge.yaml'),
    CONFIGURATION.replace(', labels: { rollout-policy: careful }', ''),
  );
  const { code, tookMs, options } = await apply();
  expect(code).toBe(0);
  expect(options).toEqual({ options: null });
  expect(tookMs).toBeLessThan(60_000);
});

it.each([
  [
    'outside its windows',
    'windows: [{ days: Sat, tz: UTC }]',
    'policy careful holds it: outside its windows (Sat 00:00–24:00 UTC)',
  ],
  [
    'where somebody has to be asked first',
    'waves: [{ name: prod, selector: { matchLabels: { env: prod } }, approval: true }]',
    'policy careful asks somebody before wave prod, and this server has no stage that would wait',
  ],
])('does not start it %s', async (_, spec, why) => {
  writeFileSync(join(folder, 'policy.yaml'), `${POLICY}  ${spec}\n`);
  const { code, options, err } = await apply();
  expect(err).toContain(
    `version 1 is stored and not started: ${why}; start it with: collie rollout start edge`,
  );
  expect([code, options]).toEqual([0, undefined]);
});
