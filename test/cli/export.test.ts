import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownTypeDocuments } from '../../src/io/files.ts';
import { virtualClock } from '../flows/support.ts';
import { startBindplane, type BindplaneStandIn } from '../support/bindplane-stand-in.ts';
import { collie, type CliResult } from './support.ts';

const DEMO = resolve(import.meta.dirname, '../../app/demo/repository/base');

const SECRET = `apiVersion: bindplane.observiq.com/v1
kind: Destination
metadata:
  name: vendor
spec:
  type: honeycomb
  parameters:
    - name: api_key
      value: hunter2
---
apiVersion: bindplane.observiq.com/v1
kind: Configuration
metadata:
  name: vendor
  labels:
    platform: linux
spec:
  contentType: text/yaml
  sources:
    - type: host
      parameters:
        - name: collection_interval
          value: 30
  destinations:
    - name: vendor
  selector:
    matchLabels:
      configuration: vendor
`;

let folder: string;
let out: string;
let bindplane: BindplaneStandIn;

function run(directory: string, ...args: readonly string[]): Promise<CliResult> {
  return collie([...args, '--control-plane', bindplane.url], { directory, clock: virtualClock() });
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'collie-cli-export-'));
  out = join(folder, 'exported');
  const types = await ownTypeDocuments();
  bindplane = await startBindplane({ tickOnRead: true, types: types.map(({ value }) => value) });
  writeFileSync(join(folder, 'vendor.yaml'), SECRET);
  for (const place of [DEMO, folder]) {
    // The secret stands in a file so that the server gets it.
    const applied = await run(place, 'apply', '.', '--yes', '--rollout', 'none', '--fail-on', 'never');
    if (`${applied.err}${applied.out}`.includes('failed')) throw new Error(applied.err + applied.out);
  }
});
afterEach(async () => {
  await bindplane.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a repository made from a server', () => {
  it('plans nothing at first, with secrets that only the server knows', async () => {
    const exported = await run(folder, 'export', '--out', 'exported');
    expect(exported.code).toBe(0);
    expect(exported.err).toContain('hold (sensitive)');
    const files = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.yaml'),
    );
    expect(files.length).toBeGreaterThan(8);
    expect(files.map((path) => readFileSync(join(out, path), 'utf8')).join('\n')).not.toContain('hunter2');
    const planned = await run(out, 'plan', '.', '--base', 'none', '--detailed-exitcode', '--format', 'json');
    const { steps, changes, findings } = JSON.parse(planned.out) as {
      readonly steps: readonly unknown[];
      readonly changes: readonly { readonly action: string; readonly key: string }[];
      readonly findings: readonly { readonly severity: string }[];
    };
    expect(steps).toEqual([]);
    expect(changes.filter(({ action }) => action !== 'unchanged')).toEqual([]);
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(planned.code).toBe(0);
  });

  it('plans just what is then changed in it', async () => {
    await run(folder, 'export', '--out', 'exported');
    const path = join(out, 'configurations', 'vendor.yaml');
    writeFileSync(path, readFileSync(path, 'utf8').replace('value: 30', 'value: 60'));
    const planned = await run(out, 'plan', '.', '--base', 'none', '--detailed-exitcode', '--format', 'json');
    const { steps } = JSON.parse(planned.out) as { readonly steps: readonly { readonly id: string }[] };
    expect(steps.map(({ id }) => id)).toEqual(['apply:Configuration/vendor']);
    expect(planned.code).toBe(2);
  });
});
