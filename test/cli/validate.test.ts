import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFakeCollector, type FakeCollectorOptions } from '../support/fake-collector.ts';
import { collie, type CliResult } from './support.ts';

const NODE = `receivers:
  otlp:
    protocols:
      grpc:
        endpoint: \${env:MY_POD_IP}:4317
      http:
        endpoint: 0.0.0.0:4318
  kubeletstats:
    auth_type: serviceAccount
processors:
  batch:
    send_batch_sizee: 100
exporters:
  otlp/gateway:
    endpoint: gateway.shop.svc:4317
    headers:
      authorization: Bearer \${env:TOKEN}
service:
  pipelines:
    traces:
      receivers: [otlp]
      processors: [batch]
      exporters: [otlp/gateway]
    metrics:
      receivers: [kubeletstats]
      exporters: [otlp/gateway]
`;
const GATEWAY = NODE.replace('send_batch_sizee', 'send_batch_size').replace('shop.svc', 'backend.svc');
const EDGE = GATEWAY.replace('${env:MY_POD_IP}:4317', '0.0.0.0:4318').replace('100', '200');

/** Recorded of otelcol 0.158.0. */
const UNKNOWN_KEY = `Error: failed to get config: cannot unmarshal the configuration: decoding failed due to the following error(s):

'processors' error reading configuration for "batch": decoding failed due to the following error(s):

'batchprocessor.Config' has invalid keys: send_batch_sizee`;
const PORT_IN_USE =
  'Error: cannot start pipelines: failed to start "otlp" receiver: listen tcp 127.0.0.1:42317: bind: address already in use';

const ANSWERS: FakeCollectorOptions['answers'] = [
  { to: 'validate', where: 'send_batch_sizee', prints: UNKNOWN_KEY },
  { to: 'start', where: 'send_batch_size: 200', prints: PORT_IN_USE },
];

let folder: string;
let bin: string;
let collector: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'collie-validate-'));
  bin = mkdtempSync(join(tmpdir(), 'collie-validate-bin-'));
  for (const [name, text] of Object.entries({ node: NODE, gateway: GATEWAY, edge: EDGE })) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'collector.yaml'), text);
  }
  collector = writeFakeCollector(bin, { answers: ANSWERS });
});
afterEach(() => {
  for (const path of [folder, bin]) rmSync(path, { recursive: true, force: true });
});

const validate = (args: readonly string[], environment: Record<string, string> = {}): Promise<CliResult> =>
  collie(['validate', ...args], { directory: folder, environment });

/** What the collector got. */
interface Call {
  readonly to: string;
  readonly config: string;
  readonly args: readonly string[];
}

function calls(): readonly Call[] {
  const lines = readFileSync(join(bin, 'calls.json'), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Call);
}

describe('collie validate', () => {
  it('says what the collector says, where, and what was other in its trial', async () => {
    const { code, out, err } = await validate(['--collector', collector, '--run-for', '300ms']);
    expect(err).toBe('');
    expect(code).toBe(1);
    await expect(out).toMatchFileSnapshot('golden/validate.txt');
  });

  it('ends with 0 where the collector takes everything', async () => {
    const { code, out } = await validate(['gateway', '--collector', collector, '--run-for', '200ms']);
    expect(out).toContain('checked with otelcol 0.158.0: 1 of 1 config validates and starts');
    expect(code).toBe(0);
  });

  it('only validates with --run-for 0', async () => {
    const { code, out } = await validate(['edge', '--collector', collector, '--run-for', '0']);
    expect(out).toContain('1 of 1 config validates ·');
    expect(code).toBe(0);
    expect(calls().map(({ to }) => to)).toEqual(['validate']);
  });

  it('takes the binary from COLLIE_OTELCOL', async () => {
    const { code } = await validate(['gateway', '--run-for', '0'], { COLLIE_OTELCOL: collector });
    expect(code).toBe(0);
  });

  it('is data in JSON, and findings in the forms of GitHub', async () => {
    const options = ['node', '--collector', collector, '--run-for', '0', '--format'];
    const json = JSON.parse((await validate([...options, 'json'])).out);
    expect(json).toMatchObject({
      findings: [{ rule: 'collector-validate', file: 'collector.yaml', line: 12 }],
      check: { collectors: ['otelcol 0.158.0'], configurations: 1, passed: 0, refused: 1, notJudged: 0 },
      trials: [{ name: 'collector.yaml', collector: 'otelcol 0.158.0', validate: 'refused' }],
    });
    const sarif = JSON.parse((await validate([...options, 'sarif'])).out);
    expect(sarif.runs[0].results[0]).toMatchObject({ ruleId: 'collector-validate', level: 'error' });
    expect(sarif.runs[0].tool.driver.rules[0].shortDescription.text).toContain('refuses');
    const github = await validate([...options, 'github']);
    expect(github.out).toMatch(/^::error file=collector\.yaml,line=12,.*otelcol 0\.158\.0 refuses this/);
  });

  it('tries a text once, however many configs have it', async () => {
    mkdirSync(join(folder, 'again'));
    writeFileSync(join(folder, 'again', 'collector.yaml'), NODE);
    const { out } = await validate(['--collector', collector, '--run-for', '0', 'node', 'again']);
    expect(out).toContain('0 of 2 configs validate, 2 refused');
    expect(out).toMatch(/again\/collector\.yaml:12[\s\S]*node\/collector\.yaml:12/);
    expect(calls()).toHaveLength(1);
  });

  it('gives each config to the binary whose version is nearest, and says where it is another one', async () => {
    const older = writeFakeCollector(bin, { version: '0.129.0' });
    const both = ['--collector', collector, '--collector', older, '--run-for', '0'];
    const near = await validate(['gateway', ...both, '--collector-version', '0.130.0']);
    expect(near.out).toContain('checked with otelcol 0.129.0');
    expect(near.out).toContain(
      'judged by otelcol 0.129.0; the collectors that run collector.yaml are 0.130.0',
    );
    expect((await validate(['gateway', ...both])).out).toContain('checked with otelcol 0.158.0');
  });

  it('looks only at what changes since a revision', async () => {
    const git = (...args: string[]): void => {
      const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false'];
      execFileSync('git', [...who, ...args], { cwd: folder });
    };
    git('init', '-q', '-b', 'main');
    git('add', '-A');
    git('commit', '-q', '-m', 'start');
    writeFileSync(join(folder, 'edge', 'collector.yaml'), EDGE.replace('200', '300'));
    const { out } = await validate(['--base', 'main', '--collector', collector, '--run-for', '0']);
    expect(out).toMatch(/^edge\/collector\.yaml: validates/);
    expect(out).toContain('1 of 1 config validates');
  });

  it('runs a config with the feature gates of its command line, those that the binary knows', async () => {
    const labels = '{ app: collector }';
    writeFileSync(
      join(folder, 'gateway', 'workload.yaml'),
      `apiVersion: v1
kind: ConfigMap
metadata: { name: collector }
data:
  collector.yaml: |
${GATEWAY.replaceAll(/^/gm, '    ')}
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: collector }
spec:
  selector: { matchLabels: ${labels} }
  template:
    metadata: { labels: ${labels} }
    spec:
      volumes: [{ name: conf, configMap: { name: collector } }]
      containers:
        - name: collector
          image: otel/opentelemetry-collector-contrib:0.158.0
          args: [--config=/conf/collector.yaml, '--feature-gates=service.profilesSupport,-no.such.gate']
          volumeMounts: [{ name: conf, mountPath: /conf }]
`,
    );
    const { out } = await validate(['gateway/workload.yaml', '--collector', collector, '--run-for', '0']);
    expect(out).not.toContain('collector-version');
    expect(calls().map(({ args }) => args.slice(0, -1))).toEqual([
      ['validate', '--feature-gates=service.profilesSupport', '--config'],
    ]);
  });

  it.each([
    [[], 'There is no collector to ask: give one with --collector PATH, or set COLLIE_OTELCOL'],
    [['--collector', 'x', '--run-for', 'long'], '--run-for long: write it like 5s'],
    [['--collector', 'x', '--run-for', '1h'], 'at most 10m'],
  ])('with %j is wrong usage', async (args, words) => {
    const { code, err } = await validate(args);
    expect(err).toContain(words);
    expect(code).toBe(64);
  });

  it('with a program that is no collector ends with 1 and a sentence', async () => {
    const { code, err } = await validate(['--collector', join(folder, 'node', 'collector.yaml')]);
    expect(err).toMatch(/cannot be used as a collector: there is no program that may be run/);
    expect(code).toBe(1);
  });
});
