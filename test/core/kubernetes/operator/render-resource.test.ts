import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { provenanceOf } from '../../../../src/core/collector/provenance.ts';
import { emitYaml } from '../../../../src/core/document/emit.ts';
import type { Json } from '../../../../src/core/document/node.ts';
import { readInstrumentation } from '../../../../src/core/kubernetes/operator/instrumentation.ts';
import { readOpAmpBridge } from '../../../../src/core/kubernetes/operator/opamp-bridge.ts';
import { PERMISSIONS } from '../../../../src/core/kubernetes/operator/permissions/index.ts';
import { renderCollectorResource } from '../../../../src/core/kubernetes/operator/render-resource.ts';
import type { RenderedCollector } from '../../../../src/core/kubernetes/rendered-collector.ts';
import { dig, rootsOf, ruleTexts } from '../helm/chart-examples.ts';

const HEAD =
  'apiVersion: opentelemetry.io/v1beta1\nkind: OpenTelemetryCollector\nmetadata: {name: gateway, namespace: shop}\nspec:\n';

function render(text: string, operatorVersion?: string): RenderedCollector {
  const [root] = rootsOf('collector.yaml', text);
  if (root === undefined) throw new Error('unreadable');
  return renderCollectorResource(root, operatorVersion === undefined ? {} : { operatorVersion });
}

/** A resource whose config has these sections; every receiver and extension runs. */
function withConfig(receivers: string, more: string = '', spec: string = ''): string {
  return `${HEAD}${spec}  config:
    receivers: ${receivers}
    exporters: {debug: {}}
${more}    service:
      pipelines:
        traces: {receivers: [${Object.keys(Object(dig(plainYaml(receivers)))).join(', ')}], exporters: [debug]}
`;
}

function plainYaml(text: string): Json {
  const [root] = rootsOf('x', `v: ${text}`);
  const entry = root?.kind === 'map' ? root.entries[0]?.value : undefined;
  return entry?.kind === 'map' ? Object.fromEntries(entry.entries.map(({ key }) => [key, null])) : {};
}

describe('what the operator fills in', () => {
  it.each([
    [
      '{otlp: {protocols: {grpc: {}, http: null}}}',
      ['receivers', 'otlp', 'protocols'],
      { grpc: { endpoint: '0.0.0.0:4317' }, http: { endpoint: '0.0.0.0:4318' } },
    ],
    [
      '{otlp: {protocols: {grpc: {endpoint: ":5317", x: 1}}}}',
      ['receivers', 'otlp', 'protocols', 'grpc'],
      { endpoint: '0.0.0.0:5317', x: 1 },
    ],
    [
      '{otlp: {protocols: {grpc: {endpoint: "${env:IP}:4317"}}}}',
      ['receivers', 'otlp', 'protocols', 'grpc'],
      { endpoint: '${env:IP}:4317' },
    ],
    ['{zipkin: {}}', ['receivers', 'zipkin'], { endpoint: '0.0.0.0:9411' }],
    [
      '{jaeger/old: {protocols: {thrift_compact: {}}}}',
      ['receivers', 'jaeger/old', 'protocols'],
      { thrift_compact: { endpoint: '0.0.0.0:6831' } },
    ],
    ['{redis: {endpoint: "redis:6379"}}', ['receivers', 'redis'], { endpoint: 'redis:6379' }],
    ['{mine: null}', ['receivers', 'mine'], null],
  ] satisfies [string, string[], Json][])('%s', (receivers, path, expected) => {
    expect(dig(render(withConfig(receivers)).config?.tree, ...path)).toEqual(expected);
  });

  it.each([
    ['0.121.0', { address: '0.0.0.0:8888' }],
    ['0.140.0', { readers: [{ pull: { exporter: { prometheus: { host: '0.0.0.0', port: 8888 } } } }] }],
    [
      '0.153.0',
      {
        readers: [
          {
            pull: {
              exporter: {
                prometheus: {
                  host: '0.0.0.0',
                  port: 8888,
                  without_scope_info: false,
                  without_type_suffix: false,
                  without_units: false,
                },
              },
            },
          },
        ],
      },
    ],
  ] satisfies [string, Json][])('metrics of the collector itself, operator %s', (version, expected) => {
    const tree = render(withConfig('{otlp: {protocols: {grpc: {}}}}'), version).config?.tree;
    expect(dig(tree, 'service', 'telemetry', 'metrics')).toEqual(expected);
  });

  it('tells what is added, and leaves alone what says where metrics go', () => {
    const rendered = render(withConfig('{zipkin: {}}'));
    expect(rendered.config?.added).toContainEqual({
      path: ['receivers', 'zipkin', 'endpoint'],
      why: 'added by the operator',
    });
    const own = `${withConfig('{zipkin: {}}')}      telemetry: {metrics: {address: "0.0.0.0:9999"}}\n`;
    expect(dig(render(own).config?.tree, 'service', 'telemetry')).toEqual({
      metrics: { address: '0.0.0.0:9999' },
    });
    expect(
      render(own).services.find(({ name }) => name === 'gateway-collector-monitoring')?.ports[0]?.port,
    ).toBe(9999);
  });

  it('gives a health check an address and a path, and a Service', () => {
    const rendered = render(
      `${withConfig('{zipkin: {}}', '    extensions: {health_check: {}}\n')}      extensions: [health_check]\n`,
    );
    expect(dig(rendered.config?.tree, 'extensions', 'health_check')).toEqual({
      endpoint: '0.0.0.0:13133',
      path: '/',
    });
    expect(rendered.services.map(({ name }) => name)).toEqual([
      'gateway-collector',
      'gateway-collector-headless',
      'gateway-collector-monitoring',
      'gateway-collector-extension',
    ]);
  });
});

describe('what the operator makes', () => {
  it('names objects, ports and the default image by its own version', () => {
    const rendered = render(
      withConfig('{otlp: {protocols: {grpc: {}, http: {}}}, "carbon/a-very-long-name": {}}'),
      '0.122.0',
    );
    expect(rendered.workload?.key).toBe('Deployment/shop/gateway-collector');
    expect(rendered.image?.value).toBe(
      'ghcr.io/open-telemetry/opentelemetry-collector-releases/opentelemetry-collector:0.122.1',
    );
    expect([rendered.distribution, rendered.version]).toEqual(['otelcol', '0.122.1']);
    expect(
      rendered.services[0]?.ports.map(({ name, port, appProtocol }) => [name, port, appProtocol]),
    ).toEqual([
      ['otlp-grpc', 4317, 'grpc'],
      ['otlp-http', 4318, 'http'],
      ['port-2003', 2003, undefined],
    ]);
    expect(rendered.args).toEqual(['--config=/conf/collector.yaml']);
  });

  it('does not know the version of the default image without that of the operator', () => {
    expect(render(withConfig('{zipkin: {}}')).version).toBeUndefined();
  });

  it('puts listed ports first, and renames or drops what collides with them', () => {
    const spec =
      '  ports: [{name: zipkin, port: 80, hostPort: 8080}, {name: web, port: 4317}]\n  mode: daemonset\n';
    const rendered = render(withConfig('{zipkin: {}, otlp: {protocols: {grpc: {}}}}', '', spec));
    expect(rendered.services[0]?.ports.map(({ name, port }) => [name, port])).toEqual([
      ['zipkin', 80],
      ['web', 4317],
      ['port-9411', 9411],
    ]);
    expect(rendered.services[0]?.internalTrafficPolicy).toBe('Local');
    expect(rendered.ports.map(({ name, port, hostPort }) => [name, port, hostPort])).toContainEqual([
      'zipkin',
      80,
      8080,
    ]);
    expect(rendered.workload?.replicas).toBeUndefined();
  });

  it('lets variables of the resource win over its own', () => {
    const spec = '  env: [{name: GOMEMLIMIT, value: 1GiB}]\n';
    const names = (version: string): unknown =>
      render(withConfig('{kubeletstats: {}}', '', spec), version).workload?.containers[0]?.env.map(
        ({ name }) => name,
      );
    expect(names('0.158.0')).toEqual(['GOMEMLIMIT', 'POD_NAME', 'GOMAXPROCS', 'K8S_NODE_NAME']);
    expect(names('0.130.0')).toEqual(['GOMEMLIMIT', 'POD_NAME', 'K8S_NODE_NAME']);
  });

  it('sends scraping collectors to the target allocator', () => {
    const spec =
      '  mode: statefulset\n  replicas: 2\n  targetAllocator: {enabled: true, collectorTargetReloadInterval: 90s}\n';
    const rendered = render(
      withConfig('{prometheus: {config: {global: {x: 1}, scrape_configs: [{job_name: a}]}}}', '', spec),
    );
    expect(rendered.findings).toEqual([]);
    expect(dig(rendered.config?.tree, 'receivers', 'prometheus')).toEqual({
      config: { global: { x: 1 } },
      target_allocator: {
        endpoint: 'http://gateway-targetallocator:80',
        interval: '1m30s',
        collector_id: '${POD_NAME}',
      },
    });
    expect(rendered.services.at(-1)?.name).toBe('gateway-targetallocator');
    expect([rendered.workload?.kind, rendered.workload?.replicas]).toEqual(['StatefulSet', 2]);
  });

  it('finds the target allocator that a label names', () => {
    const labelled = withConfig('{prometheus: {config: {scrape_configs: []}}}').replace(
      'namespace: shop}',
      'namespace: shop, labels: {opentelemetry.io/target-allocator: shared}}',
    );
    const endpoint = dig(
      render(labelled).config?.tree,
      'receivers',
      'prometheus',
      'target_allocator',
      'endpoint',
    );
    expect(endpoint).toBe('http://shared-targetallocator:80');
  });

  it('makes no workload and no Service for a sidecar', () => {
    const rendered = render(withConfig('{zipkin: {}}', '', '  mode: sidecar\n'));
    expect([rendered.workload, rendered.services, rendered.serviceAccount]).toEqual([
      undefined,
      [],
      undefined,
    ]);
    expect(rendered.args).toEqual(['--config=env:OTEL_CONFIG']);
    expect(rendered.unrendered[0]).toContain('sidecar.opentelemetry.io/inject');
  });

  it('says what it does not know', () => {
    expect(render(withConfig('{zipkin: {}}'), '0.99.0').unrendered[0]).toContain('is older than 0.110.0');
    expect(render(withConfig('{zipkin: {}}'), '0.200.0').assumed?.[0]).toContain('is newer than 0.158.0');
  });
});

describe('versions of the resource', () => {
  const text =
    'receivers:\n  zipkin: {}\nexporters:\n  debug: {}\nservice:\n  pipelines:\n    traces: {receivers: [zipkin], exporters: [debug]}\n';
  const indented = text.replaceAll(/^/gm, '    ').trimEnd();
  const old = `${HEAD.replace('v1beta1', 'v1alpha1')}  minReplicas: 1\n  maxReplicas: 3\n  config: |\n${indented}\n`;

  it('v1alpha1 is read from its text, at the lines of the file', () => {
    const rendered = render(old);
    expect(rendered.findings).toEqual([]);
    expect(rendered.autoscaler).toEqual({ min: 1, max: 3 });
    if (rendered.config === undefined) throw new Error('no config');
    const at = provenanceOf(rendered.config, ['receivers', 'zipkin'])?.at;
    expect(old.split('\n')[(at?.line ?? 0) - 1]).toBe('      zipkin: {}');
  });

  it.each([
    ['OPR-002', `${HEAD}  config: |\n${indented}\n`],
    ['OPR-002', `${HEAD.replace('v1beta1', 'v1alpha1')}  config:\n${indented}\n`],
    ['OPR-003', `${HEAD.replace('v1beta1', 'v1alpha1')}  config: "null"\n`],
    ['OPR-003', `${HEAD.replace('v1beta1', 'v1alpha1')}  config: |\n    receivers: [\n`],
    ['OPR-004', `${withConfig('{zipkin: {}}')}      pipeline: {}\n`],
  ])('%s: case %#', (rule, resource) => {
    expect(render(resource).findings.map((finding) => finding.rule)).toEqual([rule]);
    expect(render(resource).findings[0]?.at?.file).toBe('collector.yaml');
  });

  it('drops what the operator drops', () => {
    const rendered = render(
      `${withConfig('{zipkin: {}}')}        metrics: {receivers: [zipkin], processors: [], exporters: [debug], x: 1}\n`,
    );
    expect(dig(rendered.config?.tree, 'service', 'pipelines', 'metrics')).toEqual({
      receivers: ['zipkin'],
      exporters: ['debug'],
    });
  });
});

describe('what the webhook refuses', () => {
  const zipkin = '{zipkin: {}}';
  it.each([
    ['  volumeClaimTemplates: [{}]\n', zipkin, "does not support the attribute 'volumeClaimTemplates'"],
    ['  mode: sidecar\n  tolerations: [{}]\n', zipkin, "does not support the attribute 'tolerations'"],
    [
      '  targetAllocator: {enabled: true}\n',
      '{prometheus: {}}',
      'does not support the target allocation deployment',
    ],
    [
      '  mode: daemonset\n  targetAllocator: {enabled: true}\n',
      '{prometheus: {}}',
      'must be used with target allocation strategy per-node',
    ],
    [
      '  mode: statefulset\n  targetAllocator: {enabled: true}\n',
      '{prometheus/x: {}}',
      'rename one of them to "prometheus"',
    ],
    ['  autoscaler: {minReplicas: 2}\n', zipkin, 'spec.maxReplica must be set'],
    [
      '  replicas: 5\n  autoscaler: {maxReplicas: 2}\n',
      zipkin,
      'replicas must not be greater than maxReplicas',
    ],
    [
      '  autoscaler: {maxReplicas: 2, behavior: {scaleUp: {stabilizationWindowSeconds: 4000}}}\n',
      zipkin,
      'scaleUp.stabilizationWindowSeconds',
    ],
    ['  ingress: {ruleType: subdomain}\n', zipkin, 'a valid Ingress hostname'],
    ['', '{otlp: {protocols: {quic: {}}}}', 'unknown protocol set: quic'],
  ])('%s%s', (spec, receivers, words) => {
    const [finding] = render(withConfig(receivers, '', spec)).findings;
    expect(finding?.rule).toBe('OPR-006');
    expect(finding?.severity).toBe('error');
    expect(finding?.otelcolMessage).toContain(words);
    expect(finding?.at?.line).toBeGreaterThan(3);
  });

  it('warns of nulls, which other tools drop', () => {
    expect(render(withConfig('{mine: null}')).findings).toMatchObject([
      { rule: 'OPR-006', severity: 'warning', at: { line: 6 } },
    ]);
  });
});

/** The rules of each component for one body, as sorted `groups resources names verbs`. */
const RULES: Readonly<Record<string, readonly string[]>> = {
  kubeletstats: [' nodes/stats  get'],
  k8s_events: [' events  get,list,watch'],
  k8s_cluster: [
    ' events,namespaces,namespaces/status,nodes,nodes/spec,persistentvolumeclaims,persistentvolumes,pods,pods/status,replicationcontrollers,replicationcontrollers/status,resourcequotas,services  get,list,watch',
    'apps daemonsets,deployments,replicasets,statefulsets  get,list,watch',
    'autoscaling horizontalpodautoscalers  get,list,watch',
    'batch cronjobs,jobs  get,list,watch',
    'extensions daemonsets,deployments,replicasets  get,list,watch',
  ],
  k8sobjects: [' pods  get,list'],
  k8sattributes: [' namespaces,pods  get,list,watch', 'apps replicasets  get,list,watch'],
  resourcedetection: [' nodes  get,list'],
  k8s_leader_elector: ['coordination.k8s.io leases  create,delete,get,list,patch,update,watch'],
  k8s_observer: [' pods  list,watch'],
};

describe.each(PERMISSIONS.map((permission) => [Object.keys(permission.types)[0] ?? '', permission] as const))(
  'rules for %s',
  (type, { section, types }) => {
    const body = '{objects: [{name: pods, mode: pull}], detectors: [k8snode], observe_pods: true}';
    const resource = (id: string): string =>
      `${HEAD}  config:
    receivers: {zipkin: {}${section === 'receivers' ? `, ${id}: ${body}` : ''}}
    ${section === 'receivers' ? 'extensions' : section}: {${id}: ${body}}
    service:
      extensions: [${section === 'extensions' ? id : ''}]
      pipelines:
        traces: {receivers: [zipkin${section === 'receivers' ? `, ${id}` : ''}], processors: [${section === 'processors' ? id : ''}], exporters: []}
`;

    it('are made while it runs, under each of its names from the version that knows it', () => {
      const names = Object.entries(types);
      for (const [name] of names) {
        const role = render(resource(`${name}/x`), '0.158.0').role;
        expect(role?.name).toBe('gateway-shop-cluster-role');
        expect(ruleTexts(role?.rules ?? [])).toEqual(RULES[type]);
      }
      const later = names.filter(([, since]) => since !== '0.110.0');
      for (const [name, since] of later) {
        const older = `0.${Number(since.split('.')[1]) - 1}.0`;
        expect(render(resource(`${name}/x`), older).role).toBeUndefined();
      }
    });

    it('are not made when nothing runs it', () => {
      const unused = resource(`${type}/x`).replaceAll(new RegExp(`(, )?${type}/x(?=[\\],])`, 'g'), '');
      expect(render(unused, '0.158.0').role).toBeUndefined();
    });
  },
);

it('asks for pods only where the kubelet must', () => {
  const rules = (body: string): readonly string[] =>
    ruleTexts(render(withConfig(`{kubeletstats: ${body}}`), '0.158.0').role?.rules ?? []);
  expect(rules('{}')).toEqual([' nodes/stats  get']);
  expect(rules('{metrics: {k8s.pod.cpu_limit_utilization: {enabled: true}}}')).toEqual([
    ' nodes/proxy  get',
    ' nodes/stats  get',
  ]);
});

it('never throws, whatever the resource is', () => {
  const keys = [
    'config',
    'receivers',
    'service',
    'pipelines',
    'traces',
    'otlp',
    'protocols',
    'targetAllocator',
    'enabled',
    'ports',
    'mode',
    'extensions',
    'telemetry',
    'metrics',
  ];
  const anything = fc.letrec<{ node: Json }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom<Json>(null, '', 0, true, 'statefulset', 'otlp', ':1'),
      fc.array(tie('node'), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom(...keys), tie('node'), { maxKeys: 5 }),
    ),
  })).node;
  fc.assert(
    fc.property(anything, fc.constantFrom('v1alpha1', 'v1beta1'), (spec, version) => {
      const resource = { apiVersion: `opentelemetry.io/${version}`, metadata: { name: 'a' }, spec };
      expect(render(emitYaml(resource), '0.158.0').title).toBe('OpenTelemetryCollector default/a');
    }),
    { numRuns: process.env['COLLIE_LAWS'] === 'full' ? 5000 : 60 },
  );
}, 120_000);

it('reads an Instrumentation and an OpAMPBridge as objects', () => {
  const [instrumentation] = rootsOf(
    'i.yaml',
    `apiVersion: opentelemetry.io/v1alpha1
kind: Instrumentation
metadata: {name: apps}
spec:
  exporter: {endpoint: "http://gateway-collector:4317"}
  propagators: [tracecontext, b3]
  sampler: {type: parentbased_traceidratio, argument: "0.25"}
  python:
    env: [{name: OTEL_EXPORTER_OTLP_ENDPOINT, value: "http://gateway-collector:4318"}]
`,
  ).map((root) => readInstrumentation(root));
  expect(instrumentation).toMatchObject({
    key: 'Instrumentation/default/apps',
    endpoint: { value: 'http://gateway-collector:4317', at: { line: 5 } },
    propagators: [{ value: 'tracecontext' }, { value: 'b3' }],
    sampler: { value: 'parentbased_traceidratio' },
    samplerArgument: { value: '0.25' },
    languages: [{ language: 'python', endpoint: { value: 'http://gateway-collector:4318' } }],
  });
  const [bridge] = rootsOf(
    'b.yaml',
    `apiVersion: opentelemetry.io/v1alpha1
kind: OpAMPBridge
metadata: {name: bridge, namespace: shop}
spec:
  endpoint: ws://opamp:4320/v1/opamp
  capabilities: {AcceptsRemoteConfig: true, ReportsHealth: false}
  componentsAllowed: {receivers: [otlp]}
`,
  ).map((root) => readOpAmpBridge(root));
  expect(bridge).toMatchObject({
    key: 'OpAMPBridge/shop/bridge',
    endpoint: { value: 'ws://opamp:4320/v1/opamp' },
    capabilities: ['AcceptsRemoteConfig'],
    componentsAllowed: { receivers: ['otlp'] },
  });
  const [other] = rootsOf('c.yaml', 'apiVersion: v1\nkind: OpAMPBridge\n');
  expect(other === undefined ? undefined : readOpAmpBridge(other)).toBeUndefined();
});
