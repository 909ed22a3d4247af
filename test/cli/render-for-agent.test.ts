import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedPath } from '../support/shared.ts';
import { collie } from './support.ts';

const REPOSITORY = `apiVersion: bindplane.observiq.com/v1
kind: Configuration
metadata: {name: shop}
spec:
  sources: [{id: S, type: otlp, parameters: [{name: telemetry_types, value: [Logs]}]}]
  destinations: [{type: otlp_grpc, parameters: [{name: hostname, value: gw}]}]
  selector: {matchLabels: {configuration: shop}}
`;

const recorded = sharedPath('golden', 'bindplane-render');
const cases = recorded === undefined ? [] : readdirSync(recorded).filter((name) => /^\d\d-/.test(name));

/** The first line names the product, which servers write in two ways. */
function body(text: string): string {
  return text.replace(/^# This configuration is managed by [^\n]*\n/, '');
}

describe.skipIf(recorded === undefined)('collie render --for-agent, with the types of a real server', () => {
  it.each(cases)('%s: what that server sent', async (name) => {
    const folder = join(recorded ?? '', name);
    const types = join(recorded ?? '', 'types');
    const agent = '0001697M4MEQV9DM07HH560MTP@v1.30.0';
    const { out } = await collie(['render', 'resources.yaml', '--types', types, '--for-agent', agent], {
      directory: folder,
    });
    expect(body(out)).toBe(body(readFileSync(join(folder, 'expected-agent.yaml'), 'utf8')));
  });
});

describe('collie render --for-agent', () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'collie-for-agent-'));
    writeFileSync(join(directory, 'shop.yaml'), REPOSITORY);
    writeFileSync(
      join(directory, 'agents.json'),
      JSON.stringify([{ id: 'A1', name: 'edge-1', version: 'v1.8.0', labels: {} }]),
    );
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('prints what a BindPlane server adds for that agent', async () => {
    const { code, out, err } = await collie(['render', '--for-agent', 'A1@v1.30.0'], { directory });
    expect(code).toBe(0);
    expect(out).toContain('        metrics/_agent_metrics:\n');
    expect(out).toContain('agent: A1\n');
    expect(out).toContain('endpoint: http://127.0.0.1:3001/v1/otlphttp\n');
    expect(err).toMatch(
      /address is taken to be http:\/\/127\.0\.0\.1:3001; say another with --control-plane/,
    );
  });

  it('takes the address from option or environment, silently', async () => {
    const args = ['render', '--for-agent', 'A1@1.30.0'];
    const environment = { BINDPLANE_REMOTE_URL: 'https://bp.example' };
    const fromEnvironment = await collie(args, { directory, environment });
    expect(fromEnvironment.out).toContain('endpoint: https://bp.example/v1/otlphttp\n');
    expect(fromEnvironment.err).toBe('');
    const fromOption = await collie([...args, '--control-plane', 'https://own.example/'], {
      directory,
      environment,
    });
    expect(fromOption.out).toContain('endpoint: https://own.example/v1/otlphttp\n');
  });

  it('knows the version of an agent of the inventory, by id or name', async () => {
    for (const agent of ['A1', 'edge-1']) {
      const { out } = await collie(['render', '--agents', 'agents.json', '--for-agent', agent], {
        directory,
      });
      expect(out).toContain('snapshotprocessor');
      expect(out).not.toContain('throughputmeasurement');
    }
  });

  it('has the same tree as JSON, and adds nothing without the option', async () => {
    const json = await collie(['render', '--for-agent', 'A1', '--format', 'json'], { directory });
    const { configurations } = JSON.parse(json.out);
    expect(configurations[0].config.service.pipelines).toHaveProperty('metrics/_agent_metrics');
    const plain = await collie(['render'], { directory });
    expect(plain.out).not.toContain('_agent_metrics');
  });

  it('has the secrets of the files in clear, as the agent gets them, but never in the log of a job', async () => {
    const file = join(directory, 'secret.yaml');
    writeFileSync(
      file,
      REPOSITORY.replaceAll('shop', 'secret').replace(
        'type: otlp_grpc, parameters: [{name: hostname, value: gw}]',
        'type: dynatrace_otlp, parameters: [{name: your_environment_id, value: e1}, {name: dynatrace_api_token, value: dt0c01.abc}]',
      ),
    );
    const args = ['render', 'secret.yaml', '--configuration', 'secret'];
    const agent = await collie([...args, '--for-agent', 'A1'], { directory });
    expect(agent.out).toContain('Api-Token dt0c01.abc');
    expect(agent.err).toContain('secrets in clear');
    const job = await collie([...args, '--for-agent', 'A1'], {
      directory,
      environment: { GITHUB_ACTIONS: 'true' },
    });
    expect(job.out).toContain('Api-Token (sensitive)');
    expect(job.out + job.err).not.toContain('dt0c01');
    expect(job.err).toContain('secrets are masked');
    expect((await collie(args, { directory })).out).not.toContain('dt0c01');
    rmSync(file);
  });

  it.each(['@1.2.3', 'A1@', 'A1@latest', ''])('refuses %j', async (agent) => {
    const { code, err } = await collie(['render', '--for-agent', agent], { directory });
    expect(code).toBe(64);
    expect(err).toContain('--for-agent');
  });

  it('decides by the version which text of a type the agent gets', async () => {
    const types = join(directory, 'types');
    mkdirSync(types);
    const module = 'github.com/open-telemetry/opentelemetry-collector-contrib/receiver/otlpreceiver';
    const match = (version: string): string =>
      `{match: [{component: ${module}, operator: ">=", version: "${version}"}], receivers: "- otlp/${version}:"}`;
    writeFileSync(
      join(types, 'otlp.yaml'),
      `kind: SourceType\nmetadata: {name: otlp}\nspec: {parameters: [], logs: {templates: [${match('0.120.0')}, ${match('0.1.0')}]}}\n`,
    );
    const args = ['render', 'shop.yaml', '--types', 'types'];
    const undecided = await collie(args, { directory });
    expect(undecided.err).toContain("chooses its text by the agent's components");
    const newer = await collie([...args, '--for-agent', 'A1@1.80.1'], { directory });
    expect(newer.out).toContain('otlp/source0_S__0.120.0: null\n');
    const older = await collie([...args, '--collector-version', '0.119.0'], { directory });
    expect(older.out).toContain('otlp/source0_S__0.1.0: null\n');
    expect(older.out).not.toContain('_agent_metrics');
  });
});
