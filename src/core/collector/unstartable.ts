import type { JsonMap } from '../document/node.ts';
import { isMap } from '../document/node.ts';
import { pipelinesOf, serviceExtensions } from './pipelines.ts';

/** A pipeline, or `service.extensions`, that names what is not configured. */
export interface UndefinedReference {
  /** Pipeline id; absent for `service.extensions`. */
  readonly pipeline?: string;
  readonly kind: 'receiver' | 'processor' | 'exporter' | 'extension';
  readonly id: string;
  /** Ids that it may name there. */
  readonly known: readonly string[];
  readonly path: readonly string[];
}

/** A pipeline without one of its ends. */
export interface OpenEnd {
  readonly pipeline: string;
  readonly lacks: 'receiver' | 'exporter';
}

const LISTS = { receivers: 'receiver', processors: 'processor', exporters: 'exporter' } as const;

/**
 * References of a config to components that it does not have; no collector starts with one, whatever its version (core `otelcol/config.go`).
 * `beside`: configs that the same collector is given with it.
 */
export function undefinedReferences(
  tree: JsonMap,
  beside: readonly JsonMap[] = [],
): readonly UndefinedReference[] {
  const defined = (section: string): readonly string[] =>
    [tree, ...beside].flatMap((one) => {
      const map = one[section];
      return isMap(map) ? Object.keys(map).map((id) => id.trim()) : [];
    });
  const connectors = defined('connectors');
  const inPipelines = pipelinesOf(tree).flatMap((pipeline) =>
    (['receivers', 'processors', 'exporters'] as const).flatMap((list) => {
      const own = defined(list);
      const known = list === 'processors' ? own : [...own, ...connectors];
      return pipeline[list].flatMap((id, index): readonly UndefinedReference[] => {
        const path = ['service', 'pipelines', pipeline.id, list, String(index)];
        return known.includes(id.trim())
          ? []
          : [{ pipeline: pipeline.id, kind: LISTS[list], id, known, path }];
      });
    }),
  );
  const extensions = defined('extensions');
  const inService = serviceExtensions(tree).flatMap((id, index): readonly UndefinedReference[] => {
    const path = ['service', 'extensions', String(index)];
    return extensions.includes(id.trim()) ? [] : [{ kind: 'extension', id, known: extensions, path }];
  });
  return [...inPipelines, ...inService];
}

/** Pipelines without a receiver or an exporter, which no collector starts with (core `service/pipelines/config.go`). `beside` as above. */
export function openEnds(tree: JsonMap, beside: readonly JsonMap[] = []): readonly OpenEnd[] {
  return pipelinesOf(tree).flatMap((pipeline) =>
    (['receivers', 'exporters'] as const).flatMap((part): readonly OpenEnd[] => {
      const elsewhere = beside.some((other) =>
        pipelinesOf(other).some(({ id, ...parts }) => id === pipeline.id && parts[part].length > 0),
      );
      if (pipeline[part].length > 0 || elsewhere) return [];
      return [{ pipeline: pipeline.id, lacks: part === 'receivers' ? 'receiver' : 'exporter' }];
    }),
  );
}

/** Why no collector of any version starts with a config, a sentence each; empty where none is sure to refuse it. */
export function whyUnstartable(tree: JsonMap): readonly string[] {
  const named = undefinedReferences(tree).map(({ pipeline, kind, id }) =>
    pipeline === undefined
      ? `\`service.extensions\` names \`${id}\`, which is not configured`
      : `pipeline \`${pipeline}\` names ${kind} \`${id}\`, which is not configured`,
  );
  return [
    ...named,
    ...openEnds(tree).map(({ pipeline, lacks }) => `pipeline \`${pipeline}\` has no ${lacks}`),
  ];
}
