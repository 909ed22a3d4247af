import { whyUnstartable } from '../../src/core/collector/unstartable.ts';
import { componentsOf } from '../../src/core/collector/pipelines.ts';
import { isMap, plain } from '../../src/core/document/node.ts';
import type { JsonMap } from '../../src/core/document/node.ts';
import { parseYaml } from '../../src/core/document/yaml.ts';
import { topologyOf } from '../../src/core/rollout/flows/topology.ts';
import type { PipelineTopology } from '../../src/core/rollout/gates/gate.ts';

/** What a rollout needs to know of a config's text. */
export interface ConfigFacts {
  readonly topology: PipelineTopology;
  /** Component types that pipelines or the service use, by class, as `receivers otlp`. */
  readonly components: readonly (readonly [cls: string, type: string])[];
  /** Longest time that one of its exporters tries again, milliseconds; those that never end are left out. */
  readonly retryMs: number;
  /** Why no collector starts with it, a sentence each. */
  readonly unstartable: readonly string[];
}

/** Facts of texts that were asked for before: a config's text never changes under its hash. */
export class KnownConfigFacts {
  readonly #known = new Map<string, ConfigFacts>();

  /** Facts of a config; undefined while nobody handed in its text. */
  get(hash: string): ConfigFacts | undefined {
    return this.#known.get(hash);
  }

  /** Reads a text; one that is no config has no pipelines and needs no components. */
  read(hash: string, text: string): ConfigFacts {
    const known = this.#known.get(hash);
    if (known !== undefined) return known;
    if (this.#known.size >= KEPT) this.#known.clear();
    const facts = factsOf(text);
    this.#known.set(hash, facts);
    return facts;
  }
}

/** Configs that are kept: the present and previous versions of the configurations that are rolled out at the same time. */
const KEPT = 500;

/** Reads a text; one that is no config has no pipelines and needs no components. */
export function factsOf(text: string): ConfigFacts {
  const root = plain(parseYaml('config.yaml', text).documents[0]?.root);
  const tree: JsonMap = isMap(root) ? root : {};
  const topology = topologyOf(tree);
  const retries = [...topology.retryMs.values()].filter((time) => Number.isFinite(time));
  const components = componentsOf(tree).map(({ class: cls, type }) => [cls, type] as const);
  return { topology, components, retryMs: Math.max(0, ...retries), unstartable: whyUnstartable(tree) };
}

/**
 * Components of a config that an agent's collector does not have, as `exporter kafka`; classes that the agent said nothing
 * of count as complete (BindPlane's state Incompatible, reference/rollouts.md §5.2).
 */
export function lackedComponents(
  { components }: ConfigFacts,
  has: Readonly<Record<string, readonly string[]>> | undefined,
): readonly string[] {
  if (has === undefined) return [];
  const known = new Map(Object.entries(has).map(([cls, types]) => [cls, new Set(types.map(oldName))]));
  const lacked = components.filter(([cls, type]) => known.get(cls)?.has(oldName(type)) === false);
  return [...new Set(lacked.map(([cls, type]) => `${cls.replace(/s$/, '')} ${type}`))];
}

/** Components were renamed with underscores (`hostmetrics` became `host_metrics`), and their old names stay (reference/lab-opamp.md §6). */
function oldName(type: string): string {
  return type === 'otlp_grpc' ? 'otlp' : type.replaceAll('_', '');
}
