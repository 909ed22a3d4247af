import { COMPONENT_CLASSES } from '../collector/component-id.ts';
import { canonicalJson } from '../document/digest.ts';
import { isList, isMap } from '../document/node.ts';
import type { Json, JsonMap } from '../document/node.ts';
import { componentChanges } from './component-changes.ts';
import { configModel, renamedModel } from './config-model.ts';
import type { ConfigModel, IdMaps, TypeNames } from './config-model.ts';
import { destinationChanges, listenerChanges, samplingChanges } from './derived-changes.ts';
import { pipelineChanges } from './pipeline-changes.ts';
import { componentRenames } from './component-renames.ts';
import { diffJson } from './resources.ts';
import { isSameBehaviour } from './semantic-change.ts';
import type { Rewording, SemanticChange, SemanticDiff } from './semantic-change.ts';

/** Two configs put side by side. */
export interface Comparison {
  /** With the ids that `after` has for the same components. */
  readonly before: ConfigModel;
  readonly after: ConfigModel;
  /** Ids of before that after calls otherwise, type names aside. */
  readonly renames: IdMaps;
  readonly changes: readonly SemanticChange[];
  readonly rewordings: readonly Rewording[];
}

/**
 * What differs between two config trees for a collector that knows all names in them. No changes exactly where the normalised configs
 * (`configModel`) are equal. An absent tree is an empty config.
 */
export function compareConfigs(
  before: JsonMap | undefined,
  after: JsonMap | undefined,
  names: TypeNames,
): Comparison {
  const old = configModel(before, names);
  const young = configModel(after, names);
  const renames = componentRenames(old, young);
  const called = renamedModel(old, renames);
  const changes = [
    ...componentChanges(called, young, renames),
    ...pipelineChanges(called, young),
    ...listenerChanges(called, young),
    ...destinationChanges(called, young),
    ...samplingChanges(called, young),
    ...telemetryChanges(called, young),
    ...otherChanges(called, young),
  ];
  const rewordings = isSameBehaviour({ changes, complete: true })
    ? rewordingsOf(before ?? {}, after ?? {}, old, young, renames)
    : [];
  return { before: called, after: young, renames, changes, rewordings };
}

/** The changes between two configs and what is only written otherwise; `complete` is false where parts of either are not in the trees. */
export function semanticDiff(
  before: JsonMap | undefined,
  after: JsonMap | undefined,
  names: TypeNames,
  complete: boolean = true,
): SemanticDiff {
  const { changes, rewordings } = compareConfigs(before, after, names);
  return { changes, rewordings, complete };
}

function telemetryChanges(before: ConfigModel, after: ConfigModel): readonly SemanticChange[] {
  const [old, young] = [before, after].map(({ tree }) =>
    isMap(tree['service']) ? tree['service']['telemetry'] : undefined,
  );
  const fields = diffJson('', old ?? {}, young ?? {});
  return fields.length === 0 ? [] : [{ kind: 'telemetry', fields }];
}

function otherChanges(before: ConfigModel, after: ConfigModel): readonly SemanticChange[] {
  const fields = diffJson('', rest(before), rest(after));
  return fields.length === 0 ? [] : [{ kind: 'other', fields }];
}

/** What no other comparison looks at: keys beside the known ones, and known ones of another shape. */
function rest({ tree }: ConfigModel): JsonMap {
  const { service, ...sections } = tree;
  const unknown = Object.entries(sections).filter(
    ([key, value]) => !isMap(value) || !COMPONENT_CLASSES.some((cls) => cls === key),
  );
  return {
    ...Object.fromEntries(unknown),
    ...(service !== undefined && { service: isMap(service) ? restOfService(service) : service }),
  };
}

function restOfService(service: JsonMap): JsonMap {
  return Object.fromEntries(
    Object.entries(service).filter(
      ([key, value]) =>
        !(
          key === 'telemetry' ||
          (key === 'pipelines' && isMap(value)) ||
          (key === 'extensions' && isList(value))
        ),
    ),
  );
}

function rewordingsOf(
  before: JsonMap,
  after: JsonMap,
  old: ConfigModel,
  young: ConfigModel,
  renames: IdMaps,
): readonly Rewording[] {
  const called = COMPONENT_CLASSES.some(
    (cls) =>
      renames[cls].size > 0 ||
      [...young.written[cls]].some(([id, text]) => (old.written[cls].get(id) ?? text) !== text),
  );
  const ordered = listsOf(before) !== listsOf(after) && sortedListsOf(before) === sortedListsOf(after);
  const spelled = canonicalJson(bodies(before)) !== canonicalJson(bodies(after));
  const same = canonicalJson(before) === canonicalJson(after);
  return [
    ...(called ? (['names'] as const) : []),
    ...(ordered ? (['order'] as const) : []),
    ...(spelled && !called ? (['notation'] as const) : []),
    ...(same ? (['layout'] as const) : []),
  ];
}

function bodies(tree: JsonMap): Json {
  return COMPONENT_CLASSES.map((cls) => {
    const own = tree[cls];
    return isMap(own) ? Object.entries(own).sort(byKey) : null;
  });
}

function byKey([a]: readonly [string, Json], [b]: readonly [string, Json]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The lists of a config whose order says nothing, as they are written. */
function listsOf(tree: JsonMap): string {
  return canonicalJson(lists(tree, (list) => list));
}

function sortedListsOf(tree: JsonMap): string {
  return canonicalJson(
    lists(tree, (list) => [...list].sort((a, b) => byKey([canonicalJson(a), a], [canonicalJson(b), b]))),
  );
}

function lists(tree: JsonMap, put: (list: readonly Json[]) => readonly Json[]): Json {
  const service = isMap(tree['service']) ? tree['service'] : {};
  const own = (value: Json | undefined): Json => (isList(value) ? put(value) : []);
  const pipelines = isMap(service['pipelines']) ? service['pipelines'] : {};
  return {
    extensions: own(service['extensions']),
    pipelines: Object.fromEntries(
      Object.entries(pipelines).map(([id, body]) => [
        id,
        isMap(body) ? [own(body['receivers']), own(body['exporters'])] : [],
      ]),
    ),
  };
}
