import type { Json, JsonMap } from '../document/node.ts';
import { agentVersions } from './agent-versions.ts';
import type { VersionFact } from './agent-versions.ts';
import { canonicalType, readCatalogueData } from './catalogue-data.ts';
import type { ComponentClass } from './component-id.ts';
import { componentKnowledge, componentVerdict } from './component-verdict.ts';
import type { ComponentKnowledge, ComponentVerdict } from './component-verdict.ts';
import type { Distribution } from './distribution.ts';
import { fieldKnowledge } from './field-knowledge.ts';
import type { FieldKnowledge } from './field-knowledge.ts';
import { fieldVerdict } from './field-verdict.ts';
import { gateChanges, gateVerdict, readGates } from './gate-verdict.ts';
import type { FeatureGate, GateChange, GateVerdict } from './gate-verdict.ts';
import type { FieldVerdict } from './field-verdict.ts';
import { metricKnowledge, metricVerdict } from './metric-verdict.ts';
import type { MetricKnowledge, MetricVerdict } from './metric-verdict.ts';
import { moduleKnowledge, moduleVerdict } from './module-verdict.ts';
import { signalVerdict } from './signal-verdict.ts';
import type { SignalVerdict } from './signal-verdict.ts';
import { valueVerdict } from './value-verdict.ts';
import type { ValueVerdict } from './value-verdict.ts';
import { parseVersion, versionText } from './version.ts';

/** What is known about distributions, components and metrics by version. All methods are total: they never throw. */
export interface ComponentCatalogue {
  /** Collector version inside a distribution's version (`1.80.1` of the BindPlane agent is `0.129.0`); undefined when not known. */
  collectorVersion(distribution: Distribution, version: string): string | undefined;
  /** The same, and whether it is recorded or concluded from the linear rule. */
  collectorVersionFact(distribution: Distribution, version: string): VersionFact | undefined;
  component(
    distribution: Distribution,
    version: string,
    componentClass: ComponentClass,
    type: string,
  ): ComponentVerdict;
  /** `type` is the receiver's type, old or new name. */
  metric(type: string, metric: string, collectorVersion: string): MetricVerdict;
  /** What is known of a metric without a version in mind; for every receiver type that has it, or only for `type`. */
  metricKnowledge(metric: string, type?: string): readonly MetricKnowledge[];
  /** What is known of a component without a version in mind: a name that came later, or a removal. */
  componentKnowledge(componentClass: ComponentClass, type: string): ComponentKnowledge | undefined;
  /** What is known of the key at the end of a config path, without a version in mind. */
  fieldKnowledge(path: readonly string[]): FieldKnowledge | undefined;
  /** Whether a collector version takes the key at the end of a config path (`exporters`, `otlp/x`, `sending_queue`, `sizer`). */
  field(path: readonly string[], collectorVersion: string): FieldVerdict;
  /** Whether the key at the end of a path takes a value of this kind (`5m` for a number, a text for a block). */
  value(path: readonly string[], value: Json, collectorVersion: string): ValueVerdict;
  /** Whether a component takes part in pipelines of a signal; of a connector's signals each is a pair (`traces_to_metrics`). */
  signal(
    componentClass: ComponentClass,
    type: string,
    signal: string,
    collectorVersion: string,
  ): SignalVerdict;
  /** What a collector version does with a feature gate that somebody names. */
  gate(id: string, collectorVersion: string): GateVerdict;
  /** Feature gates that nobody has to name: on in one of two collector versions and off in the other. */
  gateChanges(before: string, after: string): readonly GateChange[];
  /** First BindPlane agent version whose collector is at least this one; undefined when the data does not reach so far back. */
  agentVersionFor(collectorVersion: string): string | undefined;
  /** The current name of a component type: two ids with the same canonical type are the same component. */
  canonicalType(componentClass: ComponentClass, type: string): string;
}

/**
 * A catalogue from the files of `schemas/components`: a map from file name without `.json` to content.
 * What has another shape is left out, so a verdict can only become `unknown` by it.
 */
export function readCatalogue(value: JsonMap): ComponentCatalogue {
  const data = readCatalogueData(value);
  const agents = agentVersions(data);
  let known: ReadonlyMap<string, FeatureGate> | undefined;
  const gates = (): ReadonlyMap<string, FeatureGate> => (known ??= readGates(value['gates']));
  const fact = (distribution: Distribution, version: string): VersionFact | undefined => {
    if (distribution === 'bindplane-agent') return agents.collectorVersion(version);
    const parsed = distribution === 'unknown' ? undefined : parseVersion(version);
    return parsed === undefined ? undefined : { version: versionText(parsed), certainty: 'exact' };
  };
  return {
    collectorVersion: (distribution, version) => fact(distribution, version)?.version,
    collectorVersionFact: fact,
    component: (distribution, version, componentClass, type) => {
      const collector = fact(distribution, version);
      const question = { distribution, version, collector, componentClass, type };
      const recorded = componentVerdict(data, agents, question);
      if (recorded.verdict !== 'unknown' || collector === undefined) return recorded;
      return moduleVerdict(data, agents, question, collector.version) ?? recorded;
    },
    metric: (type, metric, version) =>
      metricVerdict(data, agents, canonicalType(data, 'receivers', type), metric, version),
    metricKnowledge: (metric, type) => metricKnowledge(data, agents, metric, type),
    componentKnowledge: (componentClass, type) =>
      componentKnowledge(data, agents, componentClass, type) ??
      moduleKnowledge(data, agents, componentClass, type),
    fieldKnowledge: (path) => fieldKnowledge(data, agents, path),
    field: (path, version) => fieldVerdict(data, agents, path, version),
    value: (path, value, version) => valueVerdict(fieldVerdict(data, agents, path, version), value),
    signal: (componentClass, type, signal, version) =>
      signalVerdict(data, componentClass, type, signal, version),
    gate: (id, version) => gateVerdict(gates(), id, version),
    gateChanges: (before, after) => gateChanges(gates(), before, after),
    agentVersionFor: (version) => agents.firstWith(version)?.version,
    canonicalType: (componentClass, type) => canonicalType(data, componentClass, type),
  };
}
