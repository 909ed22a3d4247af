import type { Finding } from '../../document/finding.ts';
import { isNull, pick, textsOf } from '../../kubernetes/traced.ts';
import type { Traced } from '../../kubernetes/traced.ts';
import { collectorSections } from '../helm-sections.ts';
import type { CollectorSection } from '../helm-sections.ts';
import type { Rule } from '../rule.ts';

export const replacedValuesRule: Rule = {
  id: 'HLM-004',
  severity: 'notice',
  summary: 'A list in values that drops what the chart has in it',
  docs: 'Helm merges maps and replaces lists: a pipeline’s list in values has to repeat what it wants to keep of the chart’s. What the values switch off themselves (`jaeger: null`), the `debug` exporter and the chart’s receivers for other protocols (jaeger, zipkin, prometheus), which hardly anybody means to keep, are not told, nor `memory_limiter` and `batch`, which PIP-002 and PIP-004 tell. Nothing is said of empty values: they win over presets (tried with Helm 3.18).',
  check: (input) => collectorSections(input).flatMap(dropping),
};

interface Drop {
  readonly name: string;
  readonly dropped: readonly string[];
  readonly list: Traced;
}

const SECTION: Readonly<Record<string, string>> = {
  receivers: 'receivers',
  processors: 'processors',
  exporters: 'exporters',
};

/** What goes with most lists of one’s own, meant so or told by another rule. */
const NOT_MISSED: ReadonlySet<string> = new Set([
  'debug',
  'jaeger',
  'zipkin',
  'prometheus',
  'memory_limiter',
  'batch',
]);

function dropping(section: CollectorSection): readonly Finding[] {
  const drops = dropsOf(section);
  const [first, ...others] = drops;
  if (first === undefined) return [];
  const words = drops.map(
    ({ name, dropped }) => `\`${name}\` loses ${dropped.map((id) => `\`${id}\``).join(', ')}`,
  );
  return [
    {
      rule: replacedValuesRule.id,
      severity: 'notice',
      message: `lists replace those of the chart: ${words.join('; ')}`,
      at: first.list.origin.at ?? section.installation.at,
      ...(others.length > 0 && {
        related: others.flatMap(({ name, list }) =>
          list.origin.at === undefined ? [] : [{ message: name, at: list.origin.at }],
        ),
      }),
    },
  ];
}

function dropsOf({ given, defaults }: CollectorSection): readonly Drop[] {
  const pipelines = pick(given, 'config', 'service', 'pipelines');
  if (pipelines?.kind !== 'map') return [];
  return [...pipelines.entries].flatMap(([pipeline, body]) =>
    Object.keys(SECTION).flatMap((kind): readonly Drop[] => {
      const list = pick(body, kind);
      if (list?.kind !== 'list') return [];
      const kept = new Set(textsOf(list));
      const dropped = textsOf(defaults, 'config', 'service', 'pipelines', pipeline, kind).filter(
        (id) =>
          !kept.has(id) &&
          !NOT_MISSED.has(id) &&
          !isNull(pick(given, 'config', kind, id)) &&
          !isNull(pick(given, 'config', 'connectors', id)),
      );
      return dropped.length === 0 ? [] : [{ name: `${pipeline}.${kind}`, dropped, list }];
    }),
  );
}
