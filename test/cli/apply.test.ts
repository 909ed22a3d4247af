import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownTypeDocuments } from '../../src/io/files.ts';
import { virtualClock } from '../flows/support.ts';
import { startBindplane, type BindplaneStandIn } from '../support/bindplane-stand-in.ts';
import { collie, type CliResult } from './support.ts';

const REFUSAL = `Failed to apply config changes: 'receivers' error reading configuration for "kubeletstats/kubelet": decoding failed due to the following error(s):

'metrics' has invalid keys: k8s.pod.volume.usage`;

const FILES = {
  'sources.yaml': `apiVersion: bindplane.observiq.com/v1
kind: Source
metadata:
  name: kubelet
spec:
  type: k8s_kubelet
  parameters:
    - name: cluster_name
      value: shop
`,
  'node.yaml': `apiVersion: bindplane.observiq.com/v1
kind: Destination
metadata:
  name: nowhere
spec:
  type: dev_null
---
apiVersion: bindplane.observiq.com/v1
kind: Configuration
metadata:
  name: node
spec:
  sources:
    - name: kubelet
  destinations:
    - name: nowhere
  selector:
    matchLabels:
      configuration: node
`,
};

let folder: string;
let bindplane: BindplaneStandIn;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'collie-cli-apply-'));
  const types = await ownTypeDocuments();
  bindplane = await startBindplane({
    tickOnRead: true,
    types: types.map(({ value }) => value),
    refuses: (agent, config) =>
      agent.version === 'v1.80.1' && config.includes('k8s.pod.volume.usage') ? REFUSAL : undefined,
  });
  for (const name of ['node-a', 'node-b']) {
    bindplane.addAgent({ name, version: '1.80.1', labels: { configuration: 'node' } });
  }
  write(FILES);
});
afterEach(async () => {
  await bindplane.close();
  rmSync(folder, { recursive: true, force: true });
});

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

function run(...args: readonly string[]): Promise<CliResult> {
  return collie([...args, '--control-plane', bindplane.url], { directory: folder, clock: virtualClock() });
}

const apply = (...args: readonly string[]): Promise<CliResult> => run('apply', '.', '--yes', ...args);
const writes = (): number => bindplane.requests.filter(({ method }) => method !== 'GET').length;

describe('collie apply', () => {
  it('does not apply what agents will refuse, and names the way to do it all the same', async () => {
    const { code, out, err } = await apply();
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err).toContain('not applied. The plan has 1 finding at or above `error` (VER-003)');
    expect(err).toContain('--fail-on never');
    expect(err).toMatch(/sources\.yaml:\d+:\d+: VER-003: /);
    expect(writes()).toBe(0);
  });

  it('with --fail-on never applies it, and brings back what the agents said and the line', async () => {
    const { code, out } = await apply('--fail-on', 'never');
    expect(code).toBe(1);
    expect(out).toContain('offered 1 · refused 1 · restored 0 · never saw it 1');
    expect(out).toContain('node-a (1.80.1) refused the config:');
    expect(out).toContain(REFUSAL.replaceAll(/^(?=.)/gm, '   │ ').replace('\n\n', '\n   │\n'));
    expect(out).toContain('caused by sources.yaml:6 (certainty: exact)');
  });

  it('never applies what is broken, whatever --fail-on says', async () => {
    write({ 'node.yaml': FILES['node.yaml'].replace('    - name: nowhere', '    - name: gone') });
    const { code, err } = await apply('--fail-on', 'never');
    expect(code).toBe(1);
    expect(err).toContain('cannot be applied as they are written');
    expect(err).toMatch(/node\.yaml:16:\d+: BPR-003: .*`gone`, which does not exist/);
    expect(writes()).toBe(0);
  });

  it('shows the plan and ends with 64 without --yes; a wrong --fail-on is wrong usage', async () => {
    expect((await run('apply', '.', '--fail-on', 'never')).code).toBe(64);
    expect((await apply('--fail-on', 'fatal')).code).toBe(64);
    expect(writes()).toBe(0);
  });

  it('of a good change ends with 0 once all agents run it; again it changes nothing', async () => {
    write({
      'sources.yaml': FILES['sources.yaml'].replace('k8s_kubelet', 'k8s_events'),
    });
    const { code, out } = await apply();
    expect(out).toContain('🟢 Stable · node');
    expect(out).toContain('offered 2 · refused 0 · restored 0 · never saw it 0');
    expect(code).toBe(0);
    const before = writes();
    expect((await apply()).code).toBe(0);
    expect(writes()).toBe(before);
  });
});

describe('collie rollout', () => {
  it('status shows the words of agents that refused; --watch fails when it failed', async () => {
    await apply('--fail-on', 'never');
    const status = await run('rollout', 'status', 'node');
    expect(status.code).toBe(0);
    expect(status.out).toContain("   │ 'metrics' has invalid keys: k8s.pod.volume.usage\n");
    const watched = await run('rollout', 'status', 'node', '--watch');
    expect(watched.code).toBe(1);
    expect(watched.out).toContain('offered 1 · refused 1 · restored 0 · never saw it 1');
    // Nobody gave the files here.
    expect(watched.out).toContain('no line of these files is known for it');
    const json = await run('rollout', 'status', 'node', '--format', 'json');
    expect(JSON.parse(json.out)).toMatchObject({ configuration: 'node', errors: 1 });
  });
});

describe('secrets', () => {
  const secret = 'opening words of the vault';
  const vault = `apiVersion: bindplane.observiq.com/v1
kind: DestinationType
metadata:
  name: vault
spec:
  version: 0.0.1
  parameters:
    - name: words
      label: Words
      type: string
      options:
        sensitive: true
  logs:
    exporters: |
      - nop:
---
apiVersion: bindplane.observiq.com/v1
kind: Destination
metadata:
  name: vault
spec:
  type: vault
  parameters:
    - name: words
      value: ${secret}
    - name: ${secret}
      value: 1
`;

  it.each(['text', 'json', 'sarif', 'github'])('are in no output of lint as %s', async (format) => {
    write({ 'vault.yaml': vault });
    const { out, err } = await collie(['lint', '.', '--format', format], { directory: folder });
    expect(out).toContain('BPR-006');
    expect(out + err).not.toContain(secret);
  });

  it.each(['terminal', 'json', 'markdown'])('are in no output of plan as %s', async (format) => {
    write({ 'vault.yaml': vault });
    const { out, err } = await collie(['plan', '.', '--format', format], { directory: folder });
    expect(out).toContain('BPR-006');
    expect(out + err).not.toContain(secret);
  });
});
