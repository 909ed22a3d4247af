import { describe, expect, it } from 'vitest';
import { parameterValues, type GivenParameter } from '../../../src/core/bindplane/parameters.ts';
import { compileType } from '../../../src/core/bindplane/template.ts';
import type { Json } from '../../../src/core/document/node.ts';
import { TYPE_KINDS, type ResourceType, type TypeKind } from '../../../src/core/bindplane/types.ts';
import { BUILT_IN_FOLDER, typesBelow } from './support.ts';

const builtIn = typesBelow(BUILT_IN_FOLDER);

/** Types of newer servers, which no exported type proves; they say so themselves. All others are held to exported-types.test.ts. */
const UNVERIFIED: readonly (readonly [TypeKind, string])[] = [
  ['connector', 'routing'],
  ['destination', 'bindplane_gateway'],
  ['destination', 'dev_null'],
  ['destination', 'dynatrace_otlp'],
  ['destination', 'honeycomb'],
  ['extension', 'custom'],
  ['extension', 'health_check'],
  ['extension', 'pprof'],
  ['processor', 'filter-by-condition'],
  ['source', 'bindplane_gateway'],
  ['source', 'file_v2'],
  ['source', 'k8s_cluster'],
  ['source', 'k8s_kubelet'],
];

/** What a required parameter may hold, by its type. */
const REQUIRED: Readonly<Record<string, Json>> = {
  yaml: 'nop:',
  strings: ['x'],
  condition: { ottl: 'true' },
};

function rendered(type: ResourceType, given: readonly GivenParameter[]): unknown {
  return compileType(type).render('thing', parameterValues(type, given, true));
}

describe('the built-in types', () => {
  it.each<[TypeKind, string]>([
    [
      'source',
      'awscloudwatch bindplane_gateway csv custom file file_v2 fluentforward host journald jvm k8s_cluster k8s_container k8s_events k8s_kubelet kafka_otlp_source mysql nginx otlp postgresql prometheus redis statd syslog tcp windowsevents',
    ],
    [
      'destination',
      'aws_s3 azure_blob bindplane_gateway coralogix custom datadog dev_null dynatrace dynatrace_otlp elasticsearch googlecloud googlemanagedprometheus grafana_cloud honeycomb jaeger kafka_otlp_destination logzio loki newrelic_otlp otlp_grpc prometheus prometheus_remote_write signalfx splunkhec zipkin',
    ],
    [
      'processor',
      'add_fields batch custom filter-by-condition filter_field filter_metric_name group_by_attributes rename_field',
    ],
    ['connector', 'routing'],
    ['extension', 'custom health_check pprof'],
  ])('%s: the ones that fleets are built of', (kind, names) => {
    const types = builtIn.list().filter((type) => type.kind === kind);
    expect(types.map(({ name }) => name)).toEqual(names.split(' '));
  });

  it('say that they are verified except where no exported type proves it', () => {
    const unverified = builtIn
      .list()
      .filter((type) => !type.verified)
      .map(({ kind, name }) => [kind, name]);
    expect(unverified).toEqual(UNVERIFIED);
  });

  it.each(builtIn.list().map((type) => [type.kind, type.name, type] as const))(
    '%s %s renders with required parameters alone',
    (_kind, _name, type) => {
      const given = type.parameters
        .filter((parameter) => parameter.required && parameter.default === undefined)
        .map(({ name, type: of }) => ({ name, value: REQUIRED[of] ?? 'x' }));
      expect(rendered(type, given)).toHaveProperty('partials');
    },
  );

  it('say what each parameter is for', () => {
    const silent = builtIn
      .list()
      .flatMap((type) => type.parameters)
      .filter(({ label, description }) => label === '' || description === '');
    expect(silent).toEqual([]);
  });

  it('keep to kinds that a catalogue knows', () => {
    expect(builtIn.list().every(({ kind }) => TYPE_KINDS.includes(kind))).toBe(true);
  });

  it('read further channels of Windows beside the usual ones, which older servers cannot', () => {
    const type = builtIn.get('source', 'windowsevents');
    if (type === undefined) throw new Error('no windowsevents');
    const result = compileType(type).render(
      'thing',
      parameterValues(type, [{ name: 'custom_channels', value: ['Setup', 'DNS Server'] }], true),
    );
    const receivers = 'partials' in result ? result.partials.logs.receivers : [];
    expect(receivers.map(({ id }) => id)).toEqual([
      'windowseventlog/thing__system',
      'windowseventlog/thing__application',
      'windowseventlog/thing__security',
      'windowseventlog/thing__custom/0',
      'windowseventlog/thing__custom/1',
    ]);
    expect(receivers[4]?.body).toEqual({
      channel: 'DNS Server',
      raw: false,
      max_reads: 100,
      poll_interval: '1s',
      start_at: 'end',
      attributes: { log_type: 'windows_event.custom' },
    });
  });

  it.each([
    ['exclude', '(body["path"] == "/v1/graphql")'],
    ['include', 'not ((body["path"] == "/v1/graphql"))'],
  ])('filter-by-condition, %s: what is dropped', (action, dropped) => {
    const type = builtIn.get('processor', 'filter-by-condition');
    if (type === undefined) throw new Error('no filter-by-condition');
    const given = [
      { name: 'telemetry_types', value: ['Logs'] },
      { name: 'action', value: action },
      { name: 'condition', value: { ottl: '(body["path"] == "/v1/graphql")' } },
    ];
    const result = compileType(type).render('thing', parameterValues(type, given, true));
    const { logs, metrics } = 'partials' in result ? result.partials : {};
    expect(logs?.processors).toEqual([
      { id: 'filter/thing__logs', body: { error_mode: 'ignore', logs: { log_record: [dropped] } } },
    ]);
    expect(metrics?.processors).toEqual([]);
  });
});
