import { describe, expect, it } from 'vitest';
import { type ComponentCatalogue, readCatalogue } from '../../../src/core/collector/catalogue.ts';
import type { Json, JsonMap } from '../../../src/core/document/node.ts';
import { builtInCatalogue } from '../../support/catalogue.ts';

/** A component read at 0.100, 0.101, 0.104, 0.106 (compiled at 0.104) and renamed with 0.104. */
const FILES: JsonMap = {
  fields: {
    components: {
      receivers: {
        housestats: { always: ['attic'], ranges: { cellar: { since: '0.110' }, porch: { last: '0.100' } } },
      },
    },
  },
  'bindplane-agent': { collectorVersions: { '1.0': '0.100', '1.1': '0.104', '1.2': '0.106' } },
  observed: {
    components: {
      receivers: {
        house_stats: {
          module: 'x/receiver/housestatsreceiver',
          read: { metadata: '100-101 104 106', source: '100-101 104 106', built: '104' },
          names: {
            always: ['housestats'],
            ranges: { house_stats: [{ since: '0.104', notBefore: '0.102' }] },
          },
          distributions: { always: ['contrib'], ranges: { k8s: [{ since: '0.104', notBefore: '0.102' }] } },
          signals: { metrics: { beta: [{}] }, logs: { alpha: [{ since: '0.104', notBefore: '0.102' }] } },
        },
      },
    },
  },
  'receivers/house_stats': {
    metrics: {
      always: ['house.rooms'],
      ranges: {
        'house.doors': [{ since: '0.101' }],
        'house.candles': [{ until: '0.104', last: '0.101' }],
        'house.stairs': [{ since: '0.106', notBefore: '0.105' }],
      },
    },
    fields: {
      endpoint: 'string',
      labels: 'map',
      tags: 'list',
      rooms: { kind: 'list', fields: { name: 'string' } },
      metrics: { named: 'metrics', each: { fields: { enabled: 'bool' } } },
      tls: {
        fields: {
          insecure: 'bool',
          ca_pem: { kind: 'string', ranges: [{ since: '0.106', notBefore: '0.105' }] },
        },
      },
      floor: { kind: 'int', ranges: [{ until: '0.101' }] },
      plugins: { open: true, fields: { known: 'bool' } },
      roof: { kind: 'int', ranges: [{ since: '0.104', notBefore: '0.102' }] },
    },
  },
};
const small = readCatalogue(FILES);

function field(path: string, version: string): ReturnType<ComponentCatalogue['field']> {
  return small.field(['receivers', 'housestats/a', ...path.split(' ')], version);
}

describe('fields at a version', () => {
  it('is exact where the factory of that version was compiled and asked', () => {
    expect(field('endpoint', '0.104.0')).toEqual({
      verdict: 'present',
      kind: 'string',
      certainty: 'exact',
      data: 'config of x/receiver/housestatsreceiver compiled at collector 0.104',
    });
    expect(field('endpint', '0.104.2')).toEqual({
      verdict: 'absent',
      reason: 'never-known',
      suggestion: 'endpoint',
      certainty: 'exact',
      data: 'config of x/receiver/housestatsreceiver compiled at collector 0.104',
    });
  });

  it('lets what was recorded by hand reach further, and says nothing where both disagree', () => {
    expect(field('cellar', '0.104.0')).toMatchObject({
      reason: 'too-new',
      since: '0.110.0',
      certainty: 'exact',
    });
    expect(field('attic', '0.104.0').verdict).toBe('unknown');
    expect(field('porch', '0.104.0')).toMatchObject({ reason: 'never-known' });
  });

  it.each([
    ['read from its sources', '0.101.0'],
    ['between two versions that were read', '0.105.0'],
  ])('is likely where the version is %s', (_, version) => {
    expect(field('endpint', version)).toMatchObject({ verdict: 'absent', certainty: 'likely' });
  });

  it.each([
    ['before all that was read', '0.99.0'],
    ['after all that was read', '0.107.0'],
    ['no version', 'latest'],
  ])('does not call a key unknown at a version %s', (_, version) => {
    expect(field('endpint', version).verdict).toBe('unknown');
  });

  it('takes what was there for there in later versions', () => {
    expect(field('endpoint', '0.120.0')).toMatchObject({ verdict: 'present', certainty: 'likely' });
  });

  it('tells what came, with the agent that has it, and whether that is known to the version', () => {
    expect(field('roof', '0.101.0')).toMatchObject({
      reason: 'too-new',
      since: '0.104.0',
      latest: true,
      agentSince: '1.1.0',
    });
    expect(field('roof', '0.103.0').verdict).toBe('unknown');
    expect(field('roof', '0.104.0').verdict).toBe('present');
  });

  it('tells what went', () => {
    expect(field('floor', '0.100.0').verdict).toBe('present');
    expect(field('floor', '0.101.0')).toMatchObject({ reason: 'removed', last: '0.100.0' });
  });

  it('looks below: blocks, list items, names out of the metadata', () => {
    expect(field('tls insecure', '0.104.0').verdict).toBe('present');
    expect(field('tls insecur', '0.104.0')).toMatchObject({ suggestion: 'insecure' });
    expect(field('tls ca_pem', '0.104.0')).toMatchObject({ reason: 'too-new', since: '0.106.0' });
    expect(field('rooms 0 name', '0.104.0').verdict).toBe('present');
    expect(field('rooms 0 nme', '0.104.0')).toMatchObject({ suggestion: 'name' });
    expect(field('metrics house.rooms enabled', '0.104.0').verdict).toBe('present');
    expect(field('metrics house.doors', '0.100.0')).toMatchObject({ reason: 'too-new', certainty: 'exact' });
    expect(field('metrics house.candles', '0.102.0').verdict).toBe('unknown');
  });

  it.each([
    'tls::insecur',
    'plugins whatever',
    'labels whatever',
    'endpoint whatever',
    'rooms 0',
    'nowhere below',
  ])('is silent about %s', (path) => {
    expect(field(path, '0.104.0').verdict).toBe('unknown');
  });

  it('answers for both names, and for no component it has not read', () => {
    expect(small.field(['receivers', 'house_stats', 'endpint'], '0.104.0')).toMatchObject({
      verdict: 'absent',
    });
    expect(small.field(['receivers', 'other', 'endpint'], '0.104.0').verdict).toBe('unknown');
    expect(small.field(['service', 'pipelines', 'x'], '0.104.0').verdict).toBe('unknown');
  });
});

describe('kinds of values', () => {
  const value = (path: string, given: Json): unknown =>
    small.value(['receivers', 'housestats', ...path.split(' ')], given, '0.104.0').verdict;

  it.each<[string, Json]>([
    ['tls', 'text'],
    ['tls insecure', 'true'],
    ['tls insecure', 1],
    ['roof', '5'],
    ['roof', [5]],
    ['endpoint', { host: 'a' }],
    ['labels', ['a']],
    ['rooms', { name: 'a' }],
    ['rooms', 'a'],
    ['tags', { a: 1 }],
  ])('refuses %s: %j', (path, given) => {
    expect(value(path, given)).toBe('refuses');
  });

  it.each<[string, Json]>([
    ['tls', { insecure: true }],
    ['tls', null],
    ['tls', '${env:TLS}'],
    ['tls insecure', true],
    ['roof', 5],
    ['roof', '${env:ROOF}'],
    ['endpoint', 5],
    ['labels', {}],
    ['rooms', []],
    ['tags', 'a'],
  ])('takes %s: %j', (path, given) => {
    expect(value(path, given)).toBe('takes');
  });

  it('says what it takes, and nothing of keys that are not known to be there', () => {
    expect(small.value(['receivers', 'housestats', 'roof'], 'x', '0.104.0')).toEqual({
      verdict: 'refuses',
      expected: 'int',
      certainty: 'exact',
      data: 'config of x/receiver/housestatsreceiver compiled at collector 0.104',
    });
    expect(value('rof', 'x')).toBe('unknown');
    expect(value('plugins other', 'x')).toBe('unknown');
  });

  it.each<[string, Json, string, string]>([
    ['exporters otlp_http compression', 'brotli', '0.139.0', 'refuses'],
    ['exporters otlp_http compression', 'ZSTD', '0.139.0', 'takes'],
    ['exporters otlp_http compression', '${env:COMPRESSION}', '0.139.0', 'takes'],
    ['exporters otlp_http compression', 'lz4', '0.111.0', 'refuses'],
    // It came with one of these.
    ['exporters otlp_http compression', 'lz4', '0.120.0', 'takes'],
    // Newer versions may take more.
    ['exporters otlp_http compression', 'brotli', '0.170.0', 'takes'],
    ['exporters otlp_http endpoint', 4318, '0.139.0', 'refuses'],
    ['extensions bearertokenauth tokens', 'a', '0.158.0', 'refuses'],
    ['receivers file_log max_log_size', 1048576, '0.158.0', 'takes'],
    ['exporters otlp_http sending_queue num_consumers', 0, '0.139.0', 'refuses'],
    ['processors interval interval', '0s', '0.158.0', 'refuses'],
    ['exporters otlp_http retry_on_failure multiplier', 0.5, '0.139.0', 'takes'],
  ])('of %s: %j at %s: %s', (path, given, version, verdict) => {
    expect(builtInCatalogue().value(path.split(' '), given, version).verdict).toBe(verdict);
  });

  it.each<[Json, string]>([
    ['10s', 'takes'],
    ['1h30m', 'takes'],
    ['-1.5ms', 'refuses'],
    ['0', 'takes'],
    [10, 'takes'],
    ['10', 'refuses'],
    ['10 s', 'refuses'],
    ['1d', 'refuses'],
    [true, 'refuses'],
  ])('duration %j: %s', (given, verdict) => {
    expect(builtInCatalogue().value(['processors', 'batch', 'timeout'], given, '0.139.0').verdict).toBe(
      verdict,
    );
  });
});

describe('signals, metrics and names from the modules', () => {
  it('knows the signals of a component by version', () => {
    expect(small.signal('receivers', 'housestats', 'metrics', '0.101.0')).toEqual({
      verdict: 'supported',
      stability: 'beta',
      certainty: 'exact',
      data: 'metadata of x/receiver/housestatsreceiver',
    });
    expect(small.signal('receivers', 'housestats', 'logs', '0.101.0')).toMatchObject({
      verdict: 'unsupported',
      supported: ['metrics'],
      certainty: 'exact',
    });
    expect(small.signal('receivers', 'housestats', 'logs', '0.102.0').verdict).toBe('unknown');
    expect(small.signal('receivers', 'housestats', 'traces', '0.105.0')).toMatchObject({
      verdict: 'unsupported',
      certainty: 'likely',
    });
    expect(small.signal('receivers', 'housestats', 'traces', '0.120.0').verdict).toBe('unknown');
    expect(small.signal('exporters', 'housestats', 'traces', '0.104.0').verdict).toBe('unknown');
  });

  it('knows metrics that no recorded table has', () => {
    expect(small.metric('house_stats', 'house.doors', '0.100.0')).toMatchObject({
      reason: 'too-new',
      since: '0.101.0',
      certainty: 'exact',
    });
    expect(small.metric('housestats', 'house.stairs', '0.100.0')).toMatchObject({
      since: '0.106.0',
      latest: true,
    });
    expect(small.metric('housestats', 'house.candles', '0.105.0')).toMatchObject({
      reason: 'removed',
      last: '0.101.0',
      certainty: 'likely',
    });
    expect(small.metric('housestats', 'house.candles', '0.102.0').verdict).toBe('unknown');
    expect(small.metric('housestats', 'house.room', '0.104.0')).toMatchObject({ suggestion: 'house.rooms' });
    expect(small.metric('housestats', 'house.room', '0.120.0').verdict).toBe('unknown');
    expect(small.metricKnowledge('house.doors')).toEqual([
      { type: 'house_stats', since: '0.101.0', agentSince: '1.1.0' },
    ]);
  });

  it('takes distributions and names of a version from the metadata, never as more than likely', () => {
    expect(small.component('otelcol-contrib', '0.104.0', 'receivers', 'housestats')).toEqual({
      verdict: 'present',
      alias: { name: 'house_stats', since: '0.104.0' },
      certainty: 'likely',
      data: 'metadata of x/receiver/housestatsreceiver',
    });
    expect(small.component('otelcol-contrib', '0.101.0', 'receivers', 'house_stats')).toMatchObject({
      reason: 'named-later',
      since: '0.104.0',
      use: 'housestats',
    });
    expect(small.component('otelcol-k8s', '0.101.0', 'receivers', 'housestats')).toMatchObject({
      reason: 'not-included',
    });
    expect(small.component('otelcol-k8s', '0.102.0', 'receivers', 'housestats').verdict).toBe('unknown');
    expect(small.component('bindplane-agent', '1.1.0', 'receivers', 'housestats').verdict).toBe('unknown');
    expect(small.canonicalType('receivers', 'housestats')).toBe('house_stats');
  });

  it('says when a key came, whatever the version', () => {
    const known = (key: string): unknown => small.fieldKnowledge(['receivers', 'housestats', 'tls', key]);
    expect(known('ca_pem')).toEqual({ since: '0.106.0', latest: true, agentSince: '1.2.0' });
    expect(known('insecur')).toEqual({ suggestion: 'insecure' });
  });
});
