import { describe, expect, it } from 'vitest';
import { COMPONENT_CLASSES } from '../../../src/core/collector/component-id.ts';
import { readCatalogue } from '../../../src/core/collector/catalogue.ts';
import { isMap } from '../../../src/core/document/node.ts';
import type { Json } from '../../../src/core/document/node.ts';
import { builtInCatalogue, catalogueFiles } from '../../support/catalogue.ts';

const catalogue = builtInCatalogue();

describe('BindPlane agent version to collector version', () => {
  it.each([
    ['1.67.0', '0.116.0'],
    ['1.80.0', '0.129.0'],
    ['1.80.1', '0.129.0'],
    ['v1.80.1', '0.129.0'],
    ['1.84.0', '0.135.0'],
    ['1.86.0', '0.136.0'],
    ['1.86.1', '0.137.0'],
    ['1.86.3', '0.137.0'],
    ['1.102.1', '0.154.0'],
  ])('agent %s runs collector %s, as recorded', (agent, collector) => {
    expect(catalogue.collectorVersionFact('bindplane-agent', agent)).toEqual({
      version: collector,
      certainty: 'exact',
    });
  });

  it('follows the linear rule beyond the table and says so', () => {
    expect(catalogue.collectorVersionFact('bindplane-agent', '1.104.2')).toEqual({
      version: '0.156.0',
      certainty: 'inferred',
    });
  });

  it.each(['1.68.0', '1.60.0', 'latest', '', '2.0.0'])('does not know agent %s', (agent) => {
    expect(catalogue.collectorVersion('bindplane-agent', agent)).toBeUndefined();
  });

  it('takes the version of the upstream distributions as it is, and none of an unknown one', () => {
    expect(catalogue.collectorVersion('otelcol-contrib', '0.135')).toBe('0.135.0');
    expect(catalogue.collectorVersion('unknown', '0.135.0')).toBeUndefined();
  });

  it.each([
    ['0.135.0', '1.84.0'],
    ['0.136.0', '1.85.0'],
    ['0.137.0', '1.86.1'],
    ['0.132.0', '1.83.0'],
    ['0.146.0', '1.94.0'],
    ['0.156.0', '1.104.0'],
    ['0.100.0', undefined],
  ])('the first agent with at least collector %s is %s', (collector, agent) => {
    expect(catalogue.agentVersionFor(collector)).toBe(agent);
  });
});

describe('metrics of the Kubernetes receivers', () => {
  it('knows the incident: k8s.pod.volume.usage is too new for BindPlane agent 1.80.1', () => {
    const collector = catalogue.collectorVersion('bindplane-agent', '1.80.1') ?? '';
    expect(catalogue.metric('kubeletstats', 'k8s.pod.volume.usage', collector)).toEqual({
      verdict: 'absent',
      reason: 'too-new',
      since: '0.135.0',
      agentSince: '1.84.0',
      certainty: 'exact',
      data: 'metrics of kubeletstats, collector 0.100 to 0.158',
    });
    expect(catalogue.metric('kubeletstats', 'k8s.pod.volume.usage', '0.135.0')).toMatchObject({
      verdict: 'present',
      since: '0.135.0',
    });
  });

  it('answers for the new name of a receiver as for the old', () => {
    expect(catalogue.metric('kubelet_stats', 'k8s.node.system_container.cpu.time', '0.151.0')).toMatchObject({
      reason: 'too-new',
      since: '0.152.0',
      agentSince: '1.100.0',
    });
  });

  it.each([
    ['k8s.container.status.state', '0.135.0', '1.84.0'],
    ['k8s.container.status.reason', '0.136.0', '1.85.0'],
    ['k8s.service.endpoint.count', '0.146.0', '1.94.0'],
    ['k8s.persistentvolumeclaim.storage.request', '0.151.0', '1.99.0'],
  ])('k8s_cluster has %s since collector %s, agent %s', (metric, since, agentSince) => {
    expect(catalogue.metric('k8s_cluster', metric, '0.129.0')).toMatchObject({
      reason: 'too-new',
      since,
      agentSince,
    });
    expect(catalogue.metric('k8s_cluster', metric, since)).toMatchObject({ verdict: 'present' });
  });

  it('knows removed metrics and what to use instead', () => {
    expect(catalogue.metric('kubeletstats', 'k8s.pod.cpu.utilization', '0.135.2')).toMatchObject({
      verdict: 'present',
    });
    expect(catalogue.metric('kubeletstats', 'k8s.pod.cpu.utilization', '0.136.0')).toMatchObject({
      verdict: 'absent',
      reason: 'removed',
      last: '0.135.0',
      instead: 'k8s.pod.cpu.usage',
    });
  });

  it('suggests the nearest name for a metric no version had', () => {
    expect(catalogue.metric('kubeletstats', 'k8s.pod.cpu.usages', '0.129.0')).toMatchObject({
      verdict: 'absent',
      reason: 'never-known',
      suggestion: 'k8s.pod.cpu.usage',
      certainty: 'likely',
    });
  });

  it('does not guess: other receivers, versions outside the data, and a start known only roughly', () => {
    expect(catalogue.metric('snmp', 'riak.node.operation.count', '0.129.0').verdict).toBe('unknown');
    expect(catalogue.metric('kubeletstats', 'k8s.pod.brand.new', '0.170.0').verdict).toBe('unknown');
    expect(catalogue.metric('kubeletstats', 'k8s.pod.cpu.node.utilization', '0.105.0').verdict).toBe(
      'unknown',
    );
    expect(catalogue.metric('kubeletstats', 'k8s.pod.cpu.usage', 'latest').verdict).toBe('unknown');
  });

  it('tells when a metric came without a version in mind', () => {
    expect(catalogue.metricKnowledge('k8s.pod.volume.usage')).toEqual([
      { type: 'kubeletstats', since: '0.135.0', agentSince: '1.84.0' },
    ]);
    expect(catalogue.metricKnowledge('k8s.pod.volume.usage', 'k8s_cluster')).toEqual([]);
  });
});

describe('fields', () => {
  it.each([
    [['receivers', 'kubeletstats/x', 'kube_api_qps'], { since: '0.150.0', agentSince: '1.98.0' }],
    [['receivers', 'kubelet_stats', 'kube_api_qps'], { since: '0.150.0', agentSince: '1.98.0' }],
    [['receivers', 'kubeletstats', 'node'], { since: '0.110.0', latest: true }],
    [['exporters', 'otlp/gw', 'batcher'], { last: '0.129.0', instead: 'use `sending_queue.batch`' }],
    [
      ['exporters', 'otlp', 'sending_queue', 'blocking'],
      { last: '0.129.0', instead: 'use `block_on_overflow`' },
    ],
    [
      ['service', 'telemetry', 'metrics', 'address'],
      { last: '0.127.0', instead: 'use `readers` with a pull exporter' },
    ],
    [['processors', 'batch', 'send_batch_sizee'], { suggestion: 'send_batch_size' }],
    [['exporters', 'otlp', 'retry_on_failure', 'max_intervall'], { suggestion: 'max_interval' }],
    [['processors', 'batch', 'timeout'], undefined],
    [['processors', 'batch', 'xyzzy_of_tomorrow'], undefined],
    [['processors', 'unheard_of', 'timeout'], undefined],
    [['receivers', 'kubeletstats'], undefined],
    [[], undefined],
  ])('%j', (path, knowledge) => {
    expect(catalogue.fieldKnowledge(path)).toEqual(knowledge);
  });
});

describe('components of a distribution', () => {
  it('is exact at the recorded version of the BindPlane agent', () => {
    expect(catalogue.component('bindplane-agent', '1.80.1', 'receivers', 'kubeletstats')).toEqual({
      verdict: 'present',
      certainty: 'exact',
      data: 'content of bindplane-agent 1.80.1',
    });
    expect(
      catalogue.component('bindplane-agent', '1.80.1', 'extensions', 'k8s_leader_elector'),
    ).toMatchObject({
      verdict: 'absent',
      reason: 'not-included',
      certainty: 'exact',
    });
    expect(catalogue.component('bindplane-agent', '1.80.1', 'receivers', 'kubletstats')).toMatchObject({
      verdict: 'absent',
      suggestion: 'kubeletstats',
    });
  });

  it('names the old name where the new one is not there yet', () => {
    expect(catalogue.component('bindplane-agent', '1.80.1', 'processors', 'k8s_attributes')).toEqual({
      verdict: 'absent',
      reason: 'named-later',
      since: '0.146.0',
      agentSince: '1.94.0',
      use: 'k8sattributes',
      certainty: 'exact',
      data: 'renames of otelcol-contrib',
    });
  });

  it('says alias for an old name on a collector that has the new one', () => {
    expect(catalogue.component('otelcol-k8s', '0.158.0', 'receivers', 'kubeletstats')).toMatchObject({
      verdict: 'present',
      alias: { name: 'kubelet_stats', since: '0.152.0' },
    });
    expect(catalogue.canonicalType('receivers', 'kubeletstats')).toBe(
      catalogue.canonicalType('receivers', 'kubelet_stats'),
    );
  });

  it('takes the recorded list as likely for later agents, and absence there as unknown', () => {
    expect(catalogue.component('bindplane-agent', '1.90.0', 'receivers', 'kubeletstats')).toMatchObject({
      verdict: 'present',
      certainty: 'likely',
    });
    expect(catalogue.component('bindplane-agent', '1.90.0', 'receivers', 'k8sobjects').verdict).toBe(
      'unknown',
    );
    expect(catalogue.component('bindplane-agent', '1.79.0', 'receivers', 'kubeletstats').verdict).toBe(
      'unknown',
    );
  });

  it('follows removals, except where the agent is recorded to carry the component longer', () => {
    expect(catalogue.component('bindplane-agent', '1.84.0', 'exporters', 'loki')).toMatchObject({
      verdict: 'absent',
      reason: 'removed',
      last: '0.130.1',
      certainty: 'likely',
    });
    expect(catalogue.component('bindplane-agent', '1.84.0', 'processors', 'routing')).toMatchObject({
      verdict: 'present',
    });
    expect(catalogue.component('otelcol-contrib', '0.131.0', 'exporters', 'loki')).toMatchObject({
      reason: 'removed',
      instead: "use the otlphttp exporter with the endpoint's /otlp path",
      certainty: 'exact',
    });
  });

  it('does not call a spelling absent when only the module name is recorded', () => {
    expect(catalogue.component('bindplane-agent', '1.80.1', 'receivers', 'podman_stats')).toMatchObject({
      verdict: 'present',
      certainty: 'likely',
    });
    expect(catalogue.component('bindplane-agent', '1.80.1', 'receivers', 'podman').verdict).toBe('unknown');
    expect(catalogue.component('bindplane-agent', '1.80.1', 'receivers', 'dockerstats').verdict).toBe(
      'unknown',
    );
  });

  it('concludes between two recorded versions that agree', () => {
    expect(catalogue.component('otelcol', '0.140.0', 'processors', 'k8sattributes')).toMatchObject({
      verdict: 'absent',
      certainty: 'likely',
    });
    expect(catalogue.component('otelcol', '0.140.0', 'receivers', 'opencensus')).toMatchObject({
      reason: 'removed',
    });
    expect(catalogue.component('otelcol', '0.140.0', 'receivers', 'hostmetrics')).toMatchObject({
      verdict: 'present',
    });
    expect(catalogue.component('otelcol', '0.158.0', 'processors', 'tail_sampling')).toMatchObject({
      verdict: 'absent',
      certainty: 'exact',
    });
  });

  it('never concludes absence from the list of names seen in contrib', () => {
    expect(catalogue.component('otelcol-contrib', '0.129.0', 'receivers', 'kubeletstats')).toMatchObject({
      verdict: 'present',
    });
    expect(
      catalogue.component('otelcol-contrib', '0.150.0', 'receivers', 'receiver_of_tomorrow').verdict,
    ).toBe('unknown');
    expect(
      catalogue.component('otelcol-contrib', '0.129.0', 'extensions', 'k8s_leader_elector').verdict,
    ).toBe('unknown');
    expect(
      catalogue.component('otelcol-contrib', '0.135.0', 'extensions', 'k8s_leader_elector').verdict,
    ).toBe('present');
  });

  it('is unknown for unknown distributions and versions', () => {
    expect(catalogue.component('unknown', '1.0.0', 'receivers', 'otlp').verdict).toBe('unknown');
    expect(catalogue.component('bindplane-agent', 'latest', 'receivers', 'otlp').verdict).toBe('unknown');
  });
});

describe('the data', () => {
  it('never throws and never guesses on data of another shape', () => {
    const empty = readCatalogue({
      metrics: [],
      'bindplane-agent': { collectorVersions: 'x', contents: [1] },
    });
    expect(empty.component('bindplane-agent', '1.80.1', 'receivers', 'otlp').verdict).toBe('unknown');
    expect(empty.metric('kubeletstats', 'x', '0.129.0').verdict).toBe('unknown');
    expect(empty.agentVersionFor('0.129.0')).toBeUndefined();
  });

  it('is well formed: versions are versions, lists are sorted and hold no name twice', () => {
    const lists: string[][] = [];
    const versions: string[] = [];
    const walk = (value: Json | undefined, path: string): void => {
      if (Array.isArray(value)) {
        if (path.includes('renames') || !value.every((item) => typeof item === 'string')) {
          for (const [index, item] of value.entries()) walk(item as Json, `${path}.${index}`);
        } else lists.push(value);
      } else if (isMap(value)) {
        for (const [key, item] of Object.entries(value)) walk(item, `${path}.${key}`);
      } else if (/\.(since|last|first|version|notBefore)$/.test(path)) versions.push(JSON.stringify(value));
    };
    // Files of single components and `observed` are generated; `catalogue-observed.test.ts` looks at those.
    const byHand = Object.entries(catalogueFiles()).filter(
      ([name]) => name !== 'observed' && !name.includes('/'),
    );
    walk(Object.fromEntries(byHand), '');
    expect(lists.length).toBeGreaterThan(20);
    for (const names of lists) expect(names).toEqual([...new Set(names)].toSorted());
    expect(versions.length).toBeGreaterThan(20);
    for (const version of versions) expect(version).toMatch(/^"\d+\.\d+(\.\d+)?"$/);
  });

  it('renames no component twice and never to a name another component has', () => {
    const renames = (catalogueFiles()['renames'] as { renames: Record<string, string[][]> }).renames;
    const rows = COMPONENT_CLASSES.flatMap((name) => (renames[name] ?? []).map((row) => ({ name, row })));
    const olds = rows.map(({ name, row }) => `${name}/${row[0]}`);
    const news = rows.map(({ name, row }) => `${name}/${row[1]}`);
    expect(olds.filter((name, index) => olds.indexOf(name) !== index)).toEqual([]);
    expect(news.filter((name, index) => news.indexOf(name) !== index)).toEqual([]);
    expect(rows.length).toBeGreaterThan(50);
  });

  it('says where it comes from in every file that is no single component', () => {
    const silent = Object.entries(catalogueFiles()).filter(
      ([name, file]) => !name.includes('/') && ((file as { about?: string }).about ?? '').length < 20,
    );
    expect(silent.map(([name]) => name)).toEqual([]);
  });
});
