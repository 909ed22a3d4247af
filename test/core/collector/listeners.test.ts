import { describe, expect, it } from 'vitest';
import { listenersOf } from '../../../src/core/collector/listeners.ts';
import type { Listener } from '../../../src/core/collector/listeners.ts';
import { isMap, plain } from '../../../src/core/document/node.ts';
import { parseYaml } from '../../../src/core/document/yaml.ts';
import { builtInCatalogue } from '../../support/catalogue.ts';

const catalogue = builtInCatalogue();

function listeners(text: string, version?: string): readonly string[] {
  const tree = plain(parseYaml('c.yaml', text).documents[0]?.root);
  const found = listenersOf(isMap(tree) ? tree : {}, {
    variables: new Map(),
    canonicalType: (section, type) => catalogue.canonicalType(section, type),
    ...(version !== undefined && { version }),
  });
  return found.map(
    ({ component, part, host, port, protocol, written }: Listener) =>
      `${component.id}${part === '' ? '' : ` ${part}`} ${host ?? '?'}:${port ?? '?'} ${protocol}${written ? '' : ' by default'}`,
  );
}

const pipelines = (receivers: string, exporters = 'debug'): string =>
  `service: {pipelines: {metrics: {receivers: [${receivers}], exporters: [${exporters}]}}}`;

describe('where a collector listens', () => {
  it('is what it writes, for components that a pipeline names', () => {
    const config = `
receivers:
  otlp: {protocols: {grpc: {endpoint: '0.0.0.0:4317'}, http: {endpoint: '\${env:MY_POD_IP}:4318'}}}
  zipkin: {}
  statsd: {endpoint: ':8125'}
  syslog: {tcp: {listen_address: '0.0.0.0:54526'}}
exporters: {prometheus: {endpoint: '0.0.0.0:8889'}}
${pipelines('otlp, statsd, syslog', 'prometheus')}`;
    expect(listeners(config)).toEqual([
      'otlp grpc 0.0.0.0:4317 TCP',
      'otlp http ?:4318 TCP',
      'statsd :8125 UDP',
      'syslog tcp 0.0.0.0:54526 TCP',
      'prometheus 0.0.0.0:8889 TCP',
      'telemetry metrics localhost:8888 TCP by default',
    ]);
  });

  it('is localhost where nothing is written, and was every address before 0.104', () => {
    const config = `
receivers: {otlp: {protocols: {grpc: }}}
exporters: {debug: {}}
extensions: {health_check: , pprof: }
service: {extensions: [health_check, pprof], pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}`;
    const newest = [
      'otlp grpc localhost:4317 TCP by default',
      'health_check localhost:13133 TCP by default',
      'pprof localhost:1777 TCP by default',
      'telemetry metrics localhost:8888 TCP by default',
    ];
    expect(listeners(config)).toEqual(newest);
    expect(listeners(config, '0.104.0').slice(0, 3)).toEqual(newest.slice(0, 3));
    expect(listeners(config, '0.100.0')).toEqual([
      'otlp grpc 0.0.0.0:4317 TCP by default',
      'health_check 0.0.0.0:13133 TCP by default',
      'pprof localhost:1777 TCP by default',
      'telemetry metrics 0.0.0.0:8888 TCP by default',
    ]);
  });

  it('follows what the config says of its own metrics', () => {
    const telemetry = (metrics: string): readonly string[] =>
      listeners(`service: {telemetry: {metrics: ${metrics}}, pipelines: {}}`);
    expect(telemetry('{level: none}')).toEqual([]);
    expect(telemetry('{readers: [{periodic: {}}]}')).toEqual([]);
    expect(telemetry("{address: ':8890'}")).toEqual(['telemetry metrics :8890 TCP']);
    expect(telemetry("{readers: [{pull: {exporter: {prometheus: {host: '0.0.0.0', port: 8888}}}}]}")).toEqual(
      ['telemetry metrics 0.0.0.0:8888 TCP'],
    );
  });

  it('leaves out what is switched off and what is no network address', () => {
    const config = `
receivers: {otlp: {protocols: {grpc: {enabled: false}, http: {transport: unix, endpoint: /run/otel.sock}}}}
exporters: {debug: {}}
${pipelines('otlp')}`;
    expect(listeners(config)).toEqual(['telemetry metrics localhost:8888 TCP by default']);
  });
});
