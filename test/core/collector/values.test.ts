import { describe, expect, it } from 'vitest';
import { componentsOf } from '../../../src/core/collector/pipelines.ts';
import { valueMistakes } from '../../../src/core/collector/values/index.ts';
import type { Json, JsonMap } from '../../../src/core/document/node.ts';
import { builtInCatalogue } from '../../support/catalogue.ts';

/** What the component refuses, in a pipeline of each of the signals, as `key: why`. */
function refusals(name: string, body: Json, signals: readonly string[], version?: string): readonly string[] {
  const [section = '', type = ''] = name.split('/');
  const pipelines = Object.fromEntries(signals.map((signal) => [signal, { [section]: [type] }]));
  const tree: JsonMap = { [section]: { [type]: body }, service: { pipelines } };
  return componentsOf(tree).flatMap((component) =>
    valueMistakes(component, tree, version, builtInCatalogue()).map(
      ({ below, why }) => `${below.join('.')}: ${why}`,
    ),
  );
}

const INSERT = { key: 'a', value: 'b', action: 'insert' };

describe('what components refuse themselves', () => {
  it.each<[string, Json, string]>([
    ['processors/memory_limiter', { check_interval: '1s' }, 'limit_mib'],
    [
      'processors/memory_limiter',
      { check_interval: '1s', limit_mib: 4, min_gc_interval_when_hard_limited: '1m' },
      'min_gc_interval_when_hard_limited',
    ],
    ['receivers/otlp', { protocols: { grpc: { enabled: false } } }, 'protocols'],
    ['receivers/otlp', { protocols: { http: { tls: {} } } }, 'protocols.http.tls'],
    ['receivers/otlp', { protocols: { http: { tls: { cert_file: 'a' } } } }, 'protocols.http.tls'],
    ['exporters/otlp', { endpoint: 'a:1', tls: { key_file: 'a' } }, 'tls'],
    [
      'exporters/otlp_http',
      { endpoint: 'http://a', compression_params: { level: 10 } },
      'compression_params.level',
    ],
    [
      'exporters/otlp',
      { endpoint: 'a:1', sending_queue: { batch: { max_size: 1 } } },
      'sending_queue.batch.max_size',
    ],
    [
      'exporters/otlp',
      { endpoint: 'a:1', sending_queue: { batch: { sizer: 'requests' } } },
      'sending_queue.batch.sizer',
    ],
    [
      'exporters/otlp',
      { endpoint: 'a:1', sending_queue: { sizer: 'items', batch: {} } },
      'sending_queue.queue_size',
    ],
    ['processors/attributes', {}, 'actions'],
    ['processors/attributes', { actions: [{ key: 'a', action: 'insert' }] }, 'actions.0.value'],
    ['processors/attributes', { actions: [{ key: 'a', action: 'put' }] }, 'actions.0.action'],
    ['processors/resource', { attributes: [{ value: 'b', action: 'upsert' }] }, 'attributes.0.key'],
    ['processors/attributes', { actions: [INSERT], include: { log_bodies: ['a'] } }, 'include'],
    ['processors/span', { status: { code: 'Fine' } }, 'status.code'],
    ['processors/filter', { traces: { span: ['true'] }, spans: { include: {} } }, 'spans.include'],
    ['processors/probabilistic_sampler', { sampling_precision: 15 }, 'sampling_precision'],
    ['processors/groupbytrace', { store_on_disk: true }, 'store_on_disk'],
    ['processors/transform', { flatten_data: true }, 'flatten_data'],
    ['extensions/basicauth', { htpasswd: {}, client_auth: { username: 'a' } }, 'client_auth'],
    ['extensions/basicauth', {}, 'htpasswd'],
    ['extensions/bearertokenauth', { token: 'a', tokens: ['b'] }, 'tokens'],
    ['extensions/health_check', { http: { endpoint: 'a:1' } }, 'http'],
    ['exporters/file', { path: '/a', group_by: { enabled: true } }, 'path'],
    [
      'receivers/kubeletstats',
      { metrics: { 'k8s.pod.cpu.node.utilization': { enabled: true } } },
      'metrics.k8s.pod.cpu.node.utilization',
    ],
    ['receivers/kubeletstats', { endpoint: 'a:10250' }, 'auth_type'],
    ['receivers/kubeletstats', { auth_type: '' }, 'auth_type'],
    ['processors/cumulativetodelta', { include: { metrics: ['a'] } }, 'include'],
    ['receivers/filelog', { operators: [] }, 'include'],
    ['exporters/zipkin', {}, 'endpoint'],
    ['exporters/debug', { verbosity: 'none' }, 'verbosity'],
    ['exporters/file', { path: '/a', compression: 'gzip' }, 'compression'],
    ['extensions/health_check', { path: 'health' }, 'path'],
    ['receivers/hostmetrics', { collection_interval: '1m' }, 'scrapers'],
  ])('%s %j', (name, body, at) => {
    expect(
      refusals(name, body, ['traces', 'logs'].slice(0, name.includes('log') ? 2 : 1), '0.158.0').map(
        (said) => said.split(': ')[0],
      ),
    ).toEqual([at]);
  });

  it.each<[string, Json, readonly string[], string]>([
    ['receivers/otlp', { protocols: { grpc: null } }, ['traces'], '0.158.0'],
    [
      'receivers/otlp',
      { protocols: { http: { tls: { cert_file: 'a', key_pem: 'b' } } } },
      ['traces'],
      '0.158.0',
    ],
    // Older collectors fail when they listen, not before.
    ['receivers/otlp', { protocols: { http: { tls: {} } } }, ['traces'], '0.129.0'],
    ['exporters/otlp', { endpoint: 'a:1', tls: { insecure: true } }, ['traces'], '0.158.0'],
    [
      'exporters/otlp_http',
      { endpoint: 'http://a', compression: 'zstd', compression_params: { level: 11 } },
      ['traces'],
      '0.158.0',
    ],
    ['processors/attributes', { actions: [INSERT], include: { log_bodies: ['a'] } }, ['logs'], '0.158.0'],
    // Nothing is made of what no pipeline names.
    ['processors/attributes', { actions: [INSERT], include: { log_bodies: ['a'] } }, [], '0.158.0'],
    [
      'processors/attributes',
      { actions: [{ key: '${env:KEY}', action: '${env:ACTION}' }] },
      ['logs'],
      '0.158.0',
    ],
    ['processors/filter', { traces: { span: ['true'] }, logs: { include: {} } }, ['traces'], '0.158.0'],
    ['extensions/health_check', { endpoint: 'a:1' }, [], '0.158.0'],
    ['exporters/file', { path: '/a/*.json', group_by: { enabled: true } }, ['logs'], '0.158.0'],
  ])('takes %s %j in %j at %s', (name, body, signals, version) => {
    expect(refusals(name, body, signals, version)).toEqual([]);
  });

  it('gives batches the sizer of the queue before they had one', () => {
    const body = { endpoint: 'a:1', sending_queue: { batch: { min_size: 10 } } };
    expect(refusals('exporters/otlp', body, ['traces'], '0.129.0')).toEqual([
      'sending_queue.sizer: `batch` supports only `items` or `bytes` sizer',
    ]);
    expect(refusals('exporters/otlp', body, ['traces'], '0.158.0')).toEqual([]);
  });

  it('says it as that version does', () => {
    const body = { traces: { span: ['true'] }, spans: { exclude: {} } };
    expect(refusals('processors/filter', body, ['traces'], '0.139.0')).toEqual([
      'spans.exclude: cannot use ottl conditions and include/exclude for spans at the same time',
    ]);
  });
});
