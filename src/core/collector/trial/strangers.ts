import { isList, isMap } from '../../document/node.ts';
import type { Json, JsonMap } from '../../document/node.ts';
import { componentsOf, isUsed } from '../pipelines.ts';
import type { Component } from '../pipelines.ts';
import { extended } from './draft.ts';
import type { Draft, TrialChange, TrialContext, TrialStep } from './draft.ts';
import { withEachList, withStandIns } from './exporters.ts';
import { withValue, withoutKey } from './edit.ts';
import { LOOPBACK } from './listeners.ts';
import { reachOf } from './reaching-out.ts';
import { isBuiltIn, needsCluster, staysHere } from './stays.ts';

/** Exporters have a step of their own; a connector that may not be started makes the config untriable, as both of its ends hang on it. */
const NEVER_LEFT: ReadonlySet<Component['class']> = new Set(['exporters', 'connectors']);

/** Only what is known to stay on this machine is started: other receivers are replaced, other processors and extensions taken out. */
export const strangers: TrialStep = { name: 'strangers', apply };

function apply(draft: Draft, context: TrialContext): Draft {
  const left = componentsOf(draft.tree).filter(
    (one) =>
      !NEVER_LEFT.has(one.class) &&
      isUsed(draft.tree, one.class, one.id) &&
      whyLeft(one, context) !== undefined,
  );
  const idsOf = (wanted: Component['class']): readonly string[] =>
    left.flatMap(({ class: section, id }) => (section === wanted ? [id] : []));
  const replaced = left.filter(({ class: section }) => section === 'receivers');
  const { tree: withReceivers, words } = withStandIns(
    draft.tree,
    replaced.map(({ class: section, id }) => ({ class: section, id, ...receiverOf(context) })),
  );
  const processors = new Set<Json>(idsOf('processors'));
  const withoutProcessors = withEachList(withReceivers, 'processors', (ids) =>
    ids.filter((id) => !processors.has(id)),
  );
  const gone = new Set(idsOf('extensions'));
  const withoutExtensions = withoutServiceExtensions(withoutProcessors, gone);
  const unreferenced = withoutReferences(withoutExtensions, gone);
  return extended(draft, {
    tree: withoutUnknown(unreferenced.tree, context),
    words,
    changes: [...left.map((one) => changeOf(one, context)), ...unreferenced.changes],
  });
}

/** Without components that nobody uses, of types that the binary does not have: it would speak of nothing else. */
function withoutUnknown(tree: JsonMap, context: TrialContext): JsonMap {
  return componentsOf(tree)
    .filter(
      ({ class: section, id, type }) => !isUsed(tree, section, id) && !isBuiltIn(section, type, context),
    )
    .reduce((current, { class: section, id }) => withoutKey(current, [section, id]), tree);
}

/** What a receiver is replaced by: one that gets nothing. */
function receiverOf({ capabilities }: TrialContext): { readonly type: string; readonly body: Json } {
  const isBuilt = capabilities.components.receivers.some(({ type }) => type === 'nop');
  return isBuilt
    ? { type: 'nop', body: {} }
    : { type: 'otlp', body: { protocols: { grpc: { endpoint: `${LOOPBACK}:0` } } } };
}

/** Why a trial does not start a component, as a sentence's end; undefined where it does. */
function whyLeft(component: Component, context: TrialContext): string | undefined {
  const { class: section, type } = component;
  if (needsCluster(type)) return 'it asks the Kubernetes API, which cannot be tried here';
  if (!isBuiltIn(section, type, context)) return 'this binary does not have it';
  return staysHere(section, type, context.catalogue)
    ? reachOf(component)
    : 'it is not known to stay on this machine';
}

function changeOf(component: Component, context: TrialContext): TrialChange {
  const { class: section, id } = component;
  const what = section === 'receivers' ? 'replaced by one that gets nothing' : 'left out';
  return { path: [section, id], what: `${what}: ${whyLeft(component, context) ?? ''}` };
}

function withoutServiceExtensions(tree: JsonMap, gone: ReadonlySet<string>): JsonMap {
  const { service } = tree;
  const listed = isMap(service) ? service['extensions'] : undefined;
  if (gone.size === 0 || !isList(listed)) return tree;
  return withValue(
    tree,
    ['service', 'extensions'],
    listed.filter((id) => typeof id !== 'string' || !gone.has(id)),
  );
}

/** Keys by which components name an extension. */
const REFERENCES: ReadonlySet<string> = new Set(['authenticator', 'storage', 'storage_id', 'encoding']);

/** A component cannot start without an extension that it names; only those that are left out here may be missing. */
function withoutReferences(
  tree: JsonMap,
  gone: ReadonlySet<string>,
): { readonly tree: JsonMap; readonly changes: readonly TrialChange[] } {
  if (gone.size === 0) return { tree, changes: [] };
  let changed = tree;
  const changes: TrialChange[] = [];
  for (const { class: section, id, body } of componentsOf(tree)) {
    if (section === 'exporters') continue;
    for (const path of referencesIn(body, [section, id])) {
      const named = path.at(-1) === 'authenticator' ? path.slice(0, -1) : path;
      changed = withoutKey(changed, named);
      changes.push({ path: named, what: 'left out with the extension that it names' });
    }
  }
  return { tree: changed, changes };

  function* referencesIn(value: Json, path: readonly string[]): Generator<readonly string[]> {
    if (!isMap(value)) return;
    for (const [key, item] of Object.entries(value)) {
      if (REFERENCES.has(key) && typeof item === 'string' && gone.has(item)) yield [...path, key];
      else yield* referencesIn(item, [...path, key]);
    }
  }
}
