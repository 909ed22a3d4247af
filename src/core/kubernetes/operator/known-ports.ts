/** A port that the operator knows of a component: what it opens where the config says nothing. */
export interface KnownPort {
  readonly port: number;
  readonly protocol?: 'TCP' | 'UDP';
  readonly appProtocol?: 'grpc' | 'http';
}

/** Receivers with one endpoint (operator `internal/components/receivers/helpers.go`); port 0: no default. */
export const SINGLE_ENDPOINTS: ReadonlyMap<string, KnownPort> = new Map<string, KnownPort>([
  ['awsxray', { port: 2000, protocol: 'UDP' }],
  ['carbon', { port: 2003 }],
  ['collectd', { port: 8081 }],
  ['fluent_forward', { port: 8006 }],
  ['fluentforward', { port: 8006 }],
  ['influxdb', { port: 8086 }],
  ['sapm', { port: 7276 }],
  ['signalfx', { port: 9943 }],
  ['splunk_hec', { port: 8088 }],
  ['statsd', { port: 8125, protocol: 'UDP' }],
  ['tcp_log', { port: 0, protocol: 'TCP' }],
  ['tcplog', { port: 0, protocol: 'TCP' }],
  ['udp_log', { port: 0, protocol: 'UDP' }],
  ['udplog', { port: 0, protocol: 'UDP' }],
  ['wavefront', { port: 2003 }],
  ['zipkin', { port: 9411, protocol: 'TCP', appProtocol: 'http' }],
]);

/** Receivers with an endpoint a protocol. */
export const PROTOCOL_ENDPOINTS: ReadonlyMap<string, ReadonlyMap<string, KnownPort>> = new Map([
  [
    'otlp',
    protocols({
      grpc: { port: 4317, appProtocol: 'grpc' },
      http: { port: 4318, appProtocol: 'http' },
    }),
  ],
  [
    'skywalking',
    protocols({
      grpc: { port: 11_800, appProtocol: 'grpc' },
      http: { port: 12_800, appProtocol: 'http' },
    }),
  ],
  [
    'jaeger',
    protocols({
      grpc: { port: 14_250, protocol: 'TCP', appProtocol: 'grpc' },
      thrift_http: { port: 14_268, protocol: 'TCP', appProtocol: 'http' },
      thrift_compact: { port: 6831, protocol: 'UDP' },
      thrift_binary: { port: 6832, protocol: 'UDP' },
    }),
  ],
  [
    'loki',
    protocols({
      grpc: { port: 9095, appProtocol: 'grpc' },
      http: { port: 3100, appProtocol: 'http' },
    }),
  ],
]);

function protocols(ports: Readonly<Record<string, KnownPort>>): ReadonlyMap<string, KnownPort> {
  return new Map(Object.entries(ports));
}

/** Receivers that ask others, or whose endpoint is not their own: no port is taken from their config. */
export const WITHOUT_PORTS: ReadonlySet<string> = new Set(
  [
    'kubelet_stats kubeletstats k8s_events k8s_cluster k8s_objects k8sobjects ssh_check sshcheck',
    'cloud_foundry cloudfoundry vcenter oracledb snmp googlecloudpubsub chrony jmx podman_stats pulsar',
    'docker_stats aerospike zookeeper prometheus_simple saphana riak redis rabbitmq purefb postgresql',
    'nsxt nginx mysql memcached http_check httpcheck haproxy flink_metrics flinkmetrics couchdb filelog',
  ].flatMap((line) => line.split(' ')),
);

/** The Prometheus exporter's port; a health check's, and that of the Jaeger query extension. */
export const PROMETHEUS_EXPORTER: KnownPort = { port: 8888 };
export const HEALTH_CHECK: KnownPort = { port: 13_133 };
export const JAEGER_QUERY: KnownPort = { port: 16_686 };

/** Where receivers listen when the config does not say it. */
export const ANY_ADDRESS = '0.0.0.0';

/** The first `:<digits>` of an endpoint; undefined where there is none, or the number is 0 (operator `components.PortFromEndpoint`). */
export function portOfEndpoint(endpoint: string): number | undefined {
  const port = Number(/:(\d+)/.exec(endpoint)?.[1] ?? 0);
  return port > 0 && port < 2 ** 31 ? port : undefined;
}
