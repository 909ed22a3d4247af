import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/io/clock.ts';
import { API_KEY, SECRET_KEY, TestApp, scratchFolder } from '../support/app.ts';
import { TestAgent } from '../support/opamp-agent.ts';
import { collie, type CliResult } from './support.ts';

/** Policies of a repository on their way to a Collie server, to agents, and back into files. */

let scratch: ReturnType<typeof scratchFolder>;
let files: string;
let server: TestApp;
const agents: TestAgent[] = [];

const policy = (batch: string): string => `kind: RolloutPolicy
metadata: {name: by-environment}
spec:
  waves:
    - {name: dev, selector: {matchLabels: {env: dev}}}
    - {name: prod, selector: {matchLabels: {env: prod}}, approval: true}
  soak: {canary: 20ms, batch: ${batch}, final: 0s}
`;

const configuration = (
  note: string,
  named = 'by-environment',
): string => `apiVersion: bindplane.observiq.com/v1
kind: Configuration
metadata:
  name: node
  labels: {${named === '' ? '' : `rollout-policy: ${named}`}}
spec:
  contentType: text/yaml
  selector: {matchLabels: {configuration: node}}
  raw: |
    # ${note}
    receivers: {nop: }
    exporters: {nop: }
    service: {pipelines: {logs: {receivers: [nop], exporters: [nop]}}}
`;

async function join_(name: string, env: string): Promise<void> {
  const labels = { configuration: 'node', env };
  agents.push(await TestAgent.connect({ url: server.opampUrl, secretKey: SECRET_KEY, name, labels }));
}

function run(...args: readonly string[]): Promise<CliResult> {
  return collie([...args, '--control-plane', server.url], {
    directory: files,
    clock: systemClock,
    environment: { BINDPLANE_API_KEY: API_KEY },
  });
}

function write(name: string, text: string): void {
  writeFileSync(join(files, name), text);
}

const running = (): readonly string[] =>
  agents.map(({ running }) => /# (\w+)/.exec(running)?.[1] ?? 'nothing');

beforeAll(async () => {
  scratch = scratchFolder();
  files = join(scratch.path, 'files');
  mkdirSync(files);
  server = await TestApp.start(join(scratch.path, 'store'));
  await join_('prod-1', 'prod');
  for (const name of ['dev-1', 'dev-2']) await join_(name, 'dev');
  while ((await server.call('GET', '/v1/agents')).body.agents.length < 3);
});

afterAll(async () => {
  for (const agent of agents) await agent.close();
  await server.close();
  scratch.remove();
});

describe('policies of a repository', () => {
  it('reach the server before the rollout that goes by them', async () => {
    write('policy.yaml', policy('20ms'));
    write('node.yaml', configuration('one'));
    const { code, err } = await run('apply', '.', '--yes', '--fail-on', 'never', '--wait', '0');
    expect(err).toContain('create rollout policy by-environment: done: created\n');
    expect(err.indexOf('rollout policy by-environment: done')).toBeLessThan(err.indexOf('roll out node: '));
    expect(err).toContain(
      'node by by-environment: dev: canary 1 of 2, then 1 · prod once somebody promotes it: its one agent at once; at least 0.1 s',
    );
    expect(code).toBe(0);
    await server.rollout('node', 'paused');
    expect(running()).toEqual(['nothing', 'one', 'one']);
    await server.call('PUT', '/v1/rollouts/node/promote');
    await server.rollout('node', 'stable');
    expect(running()).toEqual(['one', 'one', 'one']);
  });

  it('are nothing to do once the server has them', async () => {
    const { code, err, out } = await run('plan', '.', '--base', 'none', '--detailed-exitcode');
    expect(`${out}${err}`).toContain('No changes');
    expect(code).toBe(0);
  });

  it('change by themselves, and nobody is rolled out', async () => {
    write('policy.yaml', policy('30ms'));
    const { code, err } = await run('apply', '.', '--yes', '--fail-on', 'never');
    expect(err).toContain('soak.batch: 20ms → 30ms');
    expect(err).toContain('update rollout policy by-environment: done: configured\n');
    expect(err).not.toContain('roll out node');
    expect(code).toBe(0);
  });

  it('with a mistake keep everything from being applied', async () => {
    write('policy.yaml', policy('30 ms'));
    const { code, err } = await run('apply', '.', '--yes', '--fail-on', 'never');
    expect(err).toContain('policy.yaml:7:31');
    expect(err).toContain('is no duration');
    expect(code).toBe(1);
    write('policy.yaml', policy('30ms'));
  });

  it('come back as files, from which nothing is to be done', async () => {
    const exported = await run('export', '--out', 'exported');
    expect(exported.err).toContain('1 resources and 1 rollout policy written to exported');
    expect(readFileSync(join(files, 'exported/policies/by-environment.yaml'), 'utf8')).toBe(
      [
        'apiVersion: collie.dev/v1',
        'kind: RolloutPolicy',
        'metadata:',
        '    name: by-environment',
        'spec:',
        '    soak:',
        '        batch: 30ms',
        '        canary: 20ms',
        '        final: 0s',
        '    waves:',
        '        - name: dev',
        '          selector:',
        '            matchLabels:',
        '                env: dev',
        '        - approval: true',
        '          name: prod',
        '          selector:',
        '            matchLabels:',
        '                env: prod',
        '',
      ].join('\n'),
    );
    const { out, err } = await run('plan', 'exported', '--base', 'none');
    expect(`${out}${err}`).toContain('No changes');
    rmSync(join(files, 'exported'), { recursive: true });
  });
});
