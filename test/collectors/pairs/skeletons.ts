import type { ComponentClass } from '../../../src/core/collector/component-id.ts';
import type { Json } from '../../../src/core/document/node.ts';

/** A body that every version takes, for components that can stand in a pipeline without anything around them. By any of their names. */
export const SKELETONS: Readonly<Record<ComponentClass, Readonly<Record<string, Json>>>> = {
  receivers: {
    otlp: { protocols: { grpc: { endpoint: '127.0.0.1:0' } } },
    nop: {},
    hostmetrics: { scrapers: { memory: {} } },
    filelog: { include: ['/tmp/none.log'] },
    kubeletstats: { endpoint: '127.0.0.1:10255', auth_type: 'none' },
    zipkin: { endpoint: '127.0.0.1:0' },
    syslog: { tcp: { listen_address: '127.0.0.1:0' }, protocol: 'rfc5424' },
    tcplog: { listen_address: '127.0.0.1:0' },
    udplog: { listen_address: '127.0.0.1:0' },
  },
  processors: {
    batch: {},
    memory_limiter: { check_interval: '1s', limit_mib: 256 },
    attributes: { actions: [{ key: 'a', value: 'b', action: 'insert' }] },
    resource: { attributes: [{ key: 'a', value: 'b', action: 'insert' }] },
    span: { name: { from_attributes: ['a'] } },
    filter: { traces: { span: ['name == "x"'] } },
    transform: { error_mode: 'ignore' },
    tail_sampling: { policies: [{ name: 'all', type: 'always_sample' }] },
    probabilistic_sampler: { sampling_percentage: 10 },
    cumulativetodelta: {},
    deltatocumulative: {},
    groupbyattrs: { keys: ['host.name'] },
    groupbytrace: {},
    interval: {},
    redaction: { allow_all_keys: true },
  },
  exporters: {
    debug: {},
    nop: {},
    otlp: { endpoint: '127.0.0.1:4317', tls: { insecure: true } },
    otlphttp: { endpoint: 'http://127.0.0.1:4318' },
    file: { path: '/tmp/none.json' },
    prometheus: { endpoint: '127.0.0.1:0' },
    prometheusremotewrite: { endpoint: 'http://127.0.0.1:9/api' },
    zipkin: { endpoint: 'http://127.0.0.1:9411' },
    syslog: { endpoint: '127.0.0.1' },
  },
  connectors: {},
  extensions: {
    health_check: { endpoint: '127.0.0.1:0' },
    pprof: { endpoint: '127.0.0.1:0' },
    zpages: { endpoint: '127.0.0.1:0' },
    file_storage: { directory: '/tmp' },
    basicauth: { client_auth: { username: 'a', password: 'b' } },
    bearertokenauth: { token: 'a' },
  },
};
