import { ownMetricMistake } from '../../collector/own-metrics.ts';
import { isAtLeast } from '../../collector/version.ts';
import { closest } from '../../document/closest.ts';
import type { Finding, SourceRange } from '../../document/finding.ts';
import { at, itemsAt } from '../../document/node.ts';
import type { Node } from '../../document/node.ts';
import { objectsOfKind } from '../manifest-nodes.ts';
import type { ManifestNode } from '../manifest-nodes.ts';
import type { Rule } from '../rule.ts';
import type { Cluster } from '../running.ts';

export const ownMetricRule: Rule = {
  id: 'K8S-042',
  severity: 'warning',
  summary: 'An alert or an autoscaler that asks for a metric which collectors do not report of themselves',
  docs: 'An alert on a metric that nobody reports never fires, and an autoscaler does not scale. Looked at are PrometheusRules, HorizontalPodAutoscalers, ScaledObjects of KEDA and autoscalers of collector resources, for names of the collector’s service and helpers (`otelcol_exporter_queue_size`, with or without unit and `_total`); names that a component may bring are not judged. What went with 0.110.0 is told unless an older collector runs here.',
  check: (input, cluster) =>
    objectsOfKind(input, Object.keys(ASKING)).flatMap((object) =>
      (ASKING[object.kind]?.(object.node) ?? []).flatMap((text) => judge(text, object, cluster)),
    ),
};

/** The texts of a kind that name metrics. */
const ASKING: Readonly<Record<string, (node: Node) => readonly (Node | undefined)[]>> = {
  PrometheusRule: (node) =>
    itemsAt(node, 'spec', 'groups').flatMap((group) =>
      itemsAt(group, 'rules').map((rule) => at(rule, 'expr')),
    ),
  HorizontalPodAutoscaler: (node) => itemsAt(node, 'spec', 'metrics').flatMap(metricNames),
  OpenTelemetryCollector: (node) => itemsAt(node, 'spec', 'autoscaler', 'metrics').flatMap(metricNames),
  ScaledObject: (node) =>
    itemsAt(node, 'spec', 'triggers').map((trigger) => at(trigger, 'metadata', 'query')),
};

function metricNames(metric: Node): readonly (Node | undefined)[] {
  return ['pods', 'object', 'external'].map((kind) => at(metric, kind, 'metric', 'name'));
}

function judge(
  text: Node | undefined,
  { kind, name }: ManifestNode,
  { running }: Cluster,
): readonly Finding[] {
  if (text?.kind !== 'scalar' || typeof text.value !== 'string') return [];
  const asked = new Set(text.value.match(/\botelcol_[A-Za-z0-9_:]+/g));
  return [...asked].flatMap((metric): readonly Finding[] => {
    const mistake = metric.includes(':') ? undefined : ownMetricMistake(metric);
    if (mistake === undefined) return [];
    const finding = (why: string): Finding => ({
      rule: ownMetricRule.id,
      severity: 'warning',
      message: `${kind} \`${name}\` asks for \`${metric}\`, ${why}`,
      at: placeOf(metric, text),
    });
    if (mistake.why === 'never') {
      const meant = closest(metric, mistake.names);
      return [
        finding(
          `which no collector reports of itself${meant === undefined ? '' : `; did you mean \`${meant}\`?`}`,
        ),
      ];
    }
    const { since, instead } = mistake;
    return running.some(({ version }) => version !== undefined && !isAtLeast(version, since))
      ? []
      : [finding(`which collectors no longer report since ${since}; there are ${instead}`)];
  });
}

/** The name itself where the text stands on one line, as it is. */
function placeOf(metric: string, text: Node): SourceRange {
  const { at: place } = text;
  if (text.kind !== 'scalar' || typeof text.value !== 'string' || place.line !== place.endLine) return place;
  const quoted = place.endColumn - place.column - text.value.length;
  if (quoted !== 0 && quoted !== 2) return place;
  const column = place.column + quoted / 2 + text.value.indexOf(metric);
  return { ...place, column, endColumn: column + metric.length };
}
