import { isMap } from '../../document/node.ts';
import type { Json, JsonMap } from '../../document/node.ts';
import type { ComponentClass } from '../component-id.ts';
import { componentType } from '../component-id.ts';
import { componentsOf, isUsed, pipelinesOf } from '../pipelines.ts';
import type { Capabilities } from './capabilities.ts';
import { extended } from './draft.ts';
import type { Draft, TrialChange, TrialContext, TrialStep, TrialWord } from './draft.ts';
import { withValue } from './edit.ts';

/** Exporters that keep what they get to themselves, best first (`logging` is what `debug` was called). */
const SINKS = ['nop', 'debug', 'logging'] as const;

/** The type of the exporter that stands in for all others; undefined where the binary has none that is harmless. */
export function sinkOf({ components }: Capabilities, tree: JsonMap): string | undefined {
  const signals = new Set(pipelinesOf(tree).map(({ id }) => componentType(id)));
  const built = SINKS.flatMap((type) => components.exporters.filter((one) => one.type === type));
  const takesAll = built.find(({ signals: own }) =>
    [...signals].every((signal) => own === undefined || own.includes(signal)),
  );
  return (takesAll ?? built[0])?.type;
}

/** A component in place of another, under an id that names both. */
export interface StandIn {
  readonly class: ComponentClass;
  readonly id: string;
  readonly type: string;
  readonly body: Json;
}

/** What no config calls a component. */
const MARK = '/trial-of/';

/** `nop/trial-of/otlp/gw` in place of `otlp/gw`. */
function standInId({ type, id }: StandIn): string {
  return `${type}${MARK}${id}`;
}

/** Whether an id is one of a stand-in. */
export function isStandInId(id: string): boolean {
  return id.includes(MARK);
}

/** The tree with components replaced in their section and in every pipeline; and the ids that a collector will speak of. */
export function withStandIns(
  tree: JsonMap,
  standIns: readonly StandIn[],
): { readonly tree: JsonMap; readonly words: readonly TrialWord[] } {
  let changed = tree;
  for (const one of standIns) {
    const section = changed[one.class];
    if (!isMap(section)) continue;
    const entries = Object.entries(section).map(([id, body]) =>
      id === one.id ? [standInId(one), one.body] : [id, body],
    );
    const renamed = (id: Json): Json => (id === one.id ? standInId(one) : id);
    changed = withEachList({ ...changed, [one.class]: Object.fromEntries(entries) }, one.class, (ids) =>
      ids.map(renamed),
    );
  }
  return {
    tree: changed,
    words: standIns.map((one) => ({ trial: standInId(one), original: one.id })),
  };
}

/** The tree with the lists in which pipelines name components of a class made anew. */
export function withEachList(
  tree: JsonMap,
  componentClass: ComponentClass,
  change: (ids: readonly Json[]) => readonly Json[],
): JsonMap {
  return pipelinesOf(tree).reduce((current, { id }) => {
    const path = ['service', 'pipelines', id, componentClass];
    const { service } = current;
    const pipelines = isMap(service) ? service['pipelines'] : undefined;
    const pipeline = isMap(pipelines) ? pipelines[id] : undefined;
    const ids = isMap(pipeline) ? pipeline[componentClass] : undefined;
    return Array.isArray(ids) ? withValue(current, path, change(ids as readonly Json[])) : current;
  }, tree);
}

/** Nothing leaves the machine: what pipelines send to becomes a sink. */
export const exporters: TrialStep = { name: 'exporters', apply };

function apply(draft: Draft, { capabilities }: TrialContext): Draft {
  const sink = sinkOf(capabilities, draft.tree);
  if (sink === undefined) return draft;
  const used = componentsOf(draft.tree).filter(
    ({ class: section, id, type }) =>
      section === 'exporters' && type !== sink && isUsed(draft.tree, section, id),
  );
  const { tree, words } = withStandIns(
    draft.tree,
    used.map(({ class: section, id }) => ({ class: section, id, type: sink, body: {} })),
  );
  const changes = used.map(({ class: section, id }): TrialChange => ({
    path: [section, id],
    what: `a ${sink} exporter instead`,
  }));
  return extended(draft, { tree, words, changes });
}
