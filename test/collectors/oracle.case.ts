import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Finding } from '../../src/core/document/finding.ts';
import { tryConfigs, type TrialReport } from '../../src/flows/try-configs.ts';
import { collectorProgram } from '../../src/io/collector-program.ts';
import type { CollectorProgram } from '../../src/ports/collector-program.ts';
import { builtInCatalogue } from '../support/catalogue.ts';
import { rawConfig } from '../support/raw-config.ts';
import { until } from '../support/until.ts';
import { buildBinaries } from './build.ts';
import { collectorOf } from './pairs/binary.ts';
import { stageRows, stageTable } from './stages.ts';

/** Real collectors as judges: what each stage tells, and what a trial must not do. */
const binaries = buildBinaries((text) => process.stderr.write(`${text}\n`));
const reason = 'reason' in binaries ? binaries.reason : undefined;
if (reason !== undefined) process.stderr.write(`skipped: ${reason}\n`);
const large = ['0.158.0', '0.139.0', '0.111.0'].map((version) => collectorOf(version, false, () => {}));
for (const one of large) if ('reason' in one) process.stderr.write(`skipped: ${one.reason}\n`);

const catalogue = builtInCatalogue();

async function tried(program: CollectorProgram, text: string, runForMs = 1000): Promise<TrialReport> {
  return tryConfigs([program], [{ config: rawConfig('collector.yaml', text), versions: [] }], {
    catalogue,
    runForMs,
  });
}

const short = ({ rule, at, message }: Finding): readonly unknown[] => [rule, at?.line, message];

const config = ({
  receiver = '127.0.0.1:4317',
  exporter = 'gateway.example:4317',
  more = '',
  extensions = 'health_check: { endpoint: "0.0.0.0:13133" }',
}: {
  receiver?: string;
  exporter?: string;
  more?: string;
  extensions?: string;
}): string => `receivers:
  otlp:
    protocols:
      grpc:
        endpoint: "${receiver}"
processors:
  batch:
    timeout: 1s
${more}exporters:
  otlp/gateway:
    endpoint: "${exporter}"
    tls: { insecure: true }
extensions:
  ${extensions}
service:
  extensions: [${extensions.split(':')[0] ?? ''}]
  pipelines:
    traces: { receivers: [otlp], processors: [batch], exporters: [otlp/gateway] }
`;

describe.skipIf(reason !== undefined)('a real collector as a judge', () => {
  let program: CollectorProgram;
  let server: Server;
  let port: number;
  let connections: number;

  beforeAll(async () => {
    if ('reason' in binaries) return;
    program = await collectorProgram(binaries.collector);
  });
  beforeEach(async () => {
    connections = 0;
    server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(async () => {
    server.close();
    await once(server, 'close');
  });

  it('tells what is in it', () => {
    expect(program.capabilities).toMatchObject({ command: 'otelcol', version: '0.158.0' });
    expect(program.capabilities.providers).toContain('env');
    expect(program.capabilities.components.extensions.map(({ type }) => type)).toEqual([
      'health_check',
      'opamp',
    ]);
  });

  it('takes a good config and runs it', async () => {
    const { findings, check } = await tried(program, config({}));
    expect(findings).toEqual([]);
    expect(check).toMatchObject({ configurations: 1, passed: 1 });
  });

  it('refuses an unknown key at validate, on its line', async () => {
    const { findings, tried: all } = await tried(program, config({ more: '    send_batch_sizee: 9\n' }));
    expect(findings.map(short)).toEqual([
      [
        'collector-validate',
        9,
        'otelcol 0.158.0 refuses this: processor batch: key `send_batch_sizee` is unknown to this collector; did you mean `send_batch_size`?',
      ],
    ]);
    expect(all[0]).not.toHaveProperty('start');
  });

  it('refuses an address at start that validate lets pass', async () => {
    const { findings } = await tried(program, config({ receiver: '127.0.0.1:99999' }));
    expect(findings.map(short)).toEqual([
      [
        'collector-start',
        5,
        'otelcol 0.158.0 does not start with this, though it validates: receiver otlp: it cannot start: listen tcp: address 99999: invalid port',
      ],
    ]);
  });

  it('is not disturbed by a port of this machine that is taken', async () => {
    const { findings } = await tried(program, config({ receiver: `127.0.0.1:${port}` }));
    expect(findings).toEqual([]);
  });

  it('refuses two listeners of the config on one port, in the words of the config', async () => {
    const { findings } = await tried(
      program,
      config({ receiver: '10.1.2.3:4317', extensions: 'health_check: { endpoint: "0.0.0.0:4317" }' }),
    );
    expect(findings.map(({ rule, otelcolMessage }) => [rule, otelcolMessage])).toEqual([
      [
        'collector-start',
        'failed to start "otlp" receiver: listen tcp 10.1.2.3:4317: bind: address already in use',
      ],
    ]);
  });

  it('never speaks to what the config sends to, which the same config does by itself', async () => {
    const text = config({
      exporter: `127.0.0.1:${port}`,
      extensions: `opamp: { server: { ws: { endpoint: "ws://127.0.0.1:${port}/v1/opamp" } } }`,
      receiver: '127.0.0.1:0',
    });
    const { check } = await tried(program, text, 1500);
    expect(check.passed).toBe(1);
    expect(connections).toBe(0);
    const folder = await mkdtemp(join(tmpdir(), 'collie-oracle-'));
    const file = join(folder, 'config.yaml');
    await writeFile(file, text.replace('service:', 'service:\n  telemetry: { metrics: { level: none } }'));
    const collector = spawn(program.path, ['--config', file], { stdio: 'ignore' });
    await until(() => (connections > 0 ? true : undefined));
    collector.kill('SIGKILL');
    await once(collector, 'close');
    await rm(folder, { recursive: true });
  });

  it('reads no file and no variable of this machine', async () => {
    const secret = join(tmpdir(), `collie-oracle-secret-${process.pid}`);
    await writeFile(secret, 'words-of-a-file');
    vi.stubEnv('ORACLE_SECRET', 'words-of-a-variable');
    const { findings, tried: all } = await tried(
      program,
      config({ more: `    send_batch_size: "\${file:${secret}}"\n    x: "\${env:ORACLE_SECRET}"\n` }),
    );
    await rm(secret);
    vi.unstubAllEnvs();
    expect(JSON.stringify([findings, all])).not.toContain('words-of-a');
    expect(all[0]?.changes).toContainEqual(expect.objectContaining({ was: `\${file:${secret}}` }));
    // Its number is taken for what it is, and an unknown key is one whatever its value.
    expect(findings.map(({ rule, at }) => [rule, at?.line])).toEqual([['collector-validate', 10]]);
  });

  it('leaves nothing behind', async () => {
    const folders = async (): Promise<string[]> =>
      (await readdir(tmpdir())).filter((name) => name.startsWith('collie-trial-'));
    const before = await folders();
    await tried(program, config({}), 200);
    expect(await folders()).toEqual(before);
  });
});

const [newest, kubernetes, oldest] = large;
const built = (all: typeof large): readonly { readonly version: string; readonly program: string }[] =>
  all.flatMap((one) => ('reason' in one ? [] : [one]));

/** `validate` of 0.111.0 builds no pipelines: there the start tells more. */
describe('a large collector', () => {
  it.each(built([newest, oldest].filter((one) => one !== undefined)))(
    'otelcol $version tells of recorded mistakes at these stages',
    async ({ version, program }) => {
      const rows = await stageRows(program, 500);
      await expect(stageTable(rows)).toMatchFileSnapshot(`golden/stages-${version}.txt`);
    },
  );
});

const IN_CLUSTER = `receivers:
  kubeletstats: { auth_type: serviceAccount, endpoint: "\${env:K8S_NODE_NAME}:10250" }
  otlp: { protocols: { grpc: { endpoint: "\${env:MY_POD_IP}:4317", tls: { cert_file: /c.crt, key_file: /c.key } } } }
processors: { k8sattributes: }
exporters: { otlp: { endpoint: "\${env:GATEWAY}", tls: { ca_file: /certs/ca.crt } } }
service:
  pipelines:
    metrics: { receivers: [kubeletstats, otlp], processors: [k8sattributes], exporters: [otlp] }
`;

describe('a config of a cluster', () => {
  it.each(built([kubernetes, oldest].filter((one) => one !== undefined)))(
    'is no error outside of one, and starts without what needs it: otelcol $version',
    async ({ program: path }) => {
      const { findings, tried: all } = await tried(await collectorProgram(path), IN_CLUSTER);
      expect(findings.filter(({ severity }) => severity !== 'notice')).toEqual([]);
      expect(all[0]?.start).toBe('passed');
      expect(all[0]?.changes.map(({ path: [section, id] }) => `${section} ${id}`)).toEqual(
        expect.arrayContaining(['receivers kubeletstats', 'processors k8sattributes', 'exporters otlp']),
      );
    },
  );
});
