import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../src/core/document/node.ts';
import { dig } from '../helm/chart-examples.ts';
import { render, withConfig } from './rendered.ts';

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
