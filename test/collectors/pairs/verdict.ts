import type { ComponentCatalogue } from '../../../src/core/collector/catalogue.ts';
import { COMPONENT_CLASSES, componentType } from '../../../src/core/collector/component-id.ts';
import { isMap } from '../../../src/core/document/node.ts';
import type { Json, JsonMap } from '../../../src/core/document/node.ts';
import { lint } from '../../../src/core/lint/lint.ts';
import type { Collector } from './binary.ts';
import { repositoryView } from '../../support/repository.ts';

/** Why a config would be refused, in one line; `by` names the rule or the question to the catalogue. */
export interface Objection {
  readonly by: string;
  readonly why: string;
  readonly certainty: 'exact' | 'likely';
}

/**
 * Everything that the rules and the catalogue have against a config for a collector. The components are what a live agent would report;
 * the catalogue is asked first, as for otelcol-contrib.
 */
export function objections(
  config: string,
  { version, components }: Collector,
  catalogue: ComponentCatalogue,
): readonly Objection[] {
  const head = repositoryView({ 'collector.yaml': workload(config, version) });
  // Rules of other families say that a config does harm, not that it is refused.
  const findings = lint({ head, catalogue }).filter(
    ({ severity, rule }) => severity === 'error' && /^(?:CFG|VER)-/.test(rule),
  );
  const tree = JSON.parse(config) as JsonMap;
  return [
    ...findings.map(({ rule, message, certainty }): Objection => ({
      by: rule,
      why: message,
      certainty: certainty === 'likely' ? 'likely' : 'exact',
    })),
    ...ofComponents(tree, version, components, catalogue),
    ...ofSignals(tree, version, catalogue),
  ];
}

/** A workload that runs what the real collector is asked about: that image, that config, and no feature gates. */
function workload(config: string, version: string): string {
  const labels = { app: 'collector' };
  const container = {
    name: 'collector',
    image: `otel/opentelemetry-collector-contrib:${version}`,
    args: ['--config=/conf/otelcol.yaml'],
    volumeMounts: [{ name: 'conf', mountPath: '/conf' }],
  };
  const volumes = [{ name: 'conf', configMap: { name: 'collector' } }];
  const template = { metadata: { labels }, spec: { containers: [container], volumes } };
  const documents = [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'collector' },
      data: { 'otelcol.yaml': config },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'collector' },
      spec: { selector: { matchLabels: labels }, template },
    },
  ];
  return documents.map((document) => JSON.stringify(document)).join('\n---\n');
}

function ofComponents(
  tree: JsonMap,
  version: string,
  reported: Collector['components'],
  catalogue: ComponentCatalogue,
): readonly Objection[] {
  return COMPONENT_CLASSES.flatMap((section) =>
    Object.entries(map(tree[section])).flatMap(([id, body]) => {
      const there = catalogue.component('otelcol-contrib', version, section, componentType(id));
      if (there.verdict === 'absent') {
        return [{ by: 'component', why: `${section} ${id}: ${there.reason}`, certainty: there.certainty }];
      }
      if (!reported[section].some(({ names }) => names.includes(componentType(id)))) {
        return [{ by: 'reported', why: `${section} ${id}`, certainty: 'exact' as const }];
      }
      return ofKeys([section, id], body, version, catalogue);
    }),
  );
}

function ofKeys(
  path: readonly string[],
  value: Json,
  version: string,
  catalogue: ComponentCatalogue,
): readonly Objection[] {
  const entries = Array.isArray(value)
    ? value.map((item, index): [string, Json] => [`${index}`, item as Json])
    : Object.entries(map(value));
  return entries.flatMap(([key, below]) => {
    const at = [...path, key];
    const metric = path.length === 3 && path.at(-1) === 'metrics' && path[0] === 'receivers';
    const verdict = metric
      ? catalogue.metric(componentType(path[1] ?? ''), key, version)
      : catalogue.field(at, version);
    if (verdict.verdict === 'absent') {
      const by = metric ? 'metric' : 'field';
      return [
        { by, why: `${at.join('.')}: ${verdict.reason} (${verdict.data})`, certainty: verdict.certainty },
      ];
    }
    const kind = catalogue.value(at, below, version);
    if (kind.verdict === 'refuses') {
      return [{ by: 'value', why: `${at.join('.')}: no ${kind.expected}`, certainty: kind.certainty }];
    }
    return ofKeys(at, below, version, catalogue);
  });
}

function ofSignals(tree: JsonMap, version: string, catalogue: ComponentCatalogue): readonly Objection[] {
  return Object.entries(map(map(tree['service'])['pipelines'])).flatMap(([id, pipeline]) =>
    COMPONENT_CLASSES.flatMap((section) => {
      const used = map(pipeline)[section];
      return (Array.isArray(used) ? used : []).flatMap((one) => {
        const type = componentType(String(one));
        const signal = componentType(id);
        const verdict = catalogue.signal(section, type, signal, version);
        return verdict.verdict === 'unsupported'
          ? [{ by: 'signal', why: `${section} ${type} in ${signal}`, certainty: verdict.certainty }]
          : [];
      });
    }),
  );
}

function map(value: Json | undefined): JsonMap {
  return isMap(value) ? value : {};
}
