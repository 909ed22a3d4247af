import { canonicalJson } from '../document/digest.ts';
import { compareText } from '../document/finding.ts';
import { isList, isMap } from '../document/node.ts';
import type { Json, JsonMap } from '../document/node.ts';
import { componentType } from '../collector/component-id.ts';
import { writtenId } from './component-changes.ts';
import type { ConfigModel } from './config-model.ts';
import type { ExtensionsChange, OtherChange, PipelineChange, SetChange } from './semantic-change.ts';

/**
 * Pipelines and running extensions that differ. Receivers, exporters and extensions are sets, processors a sequence; a pipeline that only
 * has another id is renamed. `before` calls components as `after` does.
 */
export function pipelineChanges(
  before: ConfigModel,
  after: ConfigModel,
): readonly (PipelineChange | ExtensionsChange | OtherChange)[] {
  const old = pipelineBodies(before);
  const young = pipelineBodies(after);
  const renamed = renamedPipelines(old, young);
  const from = new Map([...renamed].map(([was, is]) => [is, was]));
  const ids = [...new Set([...old.keys(), ...young.keys()])].sort(compareText);
  const changes = ids.flatMap((id): readonly (PipelineChange | OtherChange)[] => {
    const [was, is] = [old.get(id), young.get(id)];
    if (was === undefined) {
      const other = from.get(id);
      return [
        other === undefined
          ? { kind: 'pipeline', action: 'added', id }
          : { kind: 'pipeline', action: 'renamed', id, from: other },
      ];
    }
    if (is === undefined) return renamed.has(id) ? [] : [{ kind: 'pipeline', action: 'removed', id }];
    if (canonicalJson(was) === canonicalJson(is)) return [];
    return changedPipeline(id, was, is, before, after);
  });
  return [...changes, ...extensionsChange(before, after)];
}

function changedPipeline(
  id: string,
  was: Json,
  is: Json,
  before: ConfigModel,
  after: ConfigModel,
): readonly (PipelineChange | OtherChange)[] {
  if (!isMap(was) || !isMap(is)) return [{ kind: 'pipeline', action: 'changed', id }];
  const nameOf = namesIn(before, after);
  const [oldChain, chain] = [listIn(was, 'processors'), listIn(is, 'processors')];
  const kept = (list: readonly string[], other: readonly string[]): string =>
    list.filter((item) => other.includes(item)).join('\n');
  const receivers = setChange(listIn(was, 'receivers'), listIn(is, 'receivers'), nameOf);
  const exporters = setChange(listIn(was, 'exporters'), listIn(is, 'exporters'), nameOf);
  const processors = setChange(oldChain, chain, nameOf);
  const moved = kept(oldChain, chain) !== kept(chain, oldChain);
  return [
    {
      kind: 'pipeline',
      action: 'changed',
      id,
      ...(isEmpty(receivers) ? {} : { receivers }),
      ...(isEmpty(exporters) ? {} : { exporters }),
      ...(isEmpty(processors) && !moved ? {} : { processors: { ...processors, moved } }),
    },
  ];
}

function extensionsChange(before: ConfigModel, after: ConfigModel): readonly ExtensionsChange[] {
  const [old, young] = [before, after].map(({ tree }) =>
    isMap(tree['service']) ? listIn(tree['service'], 'extensions') : [],
  );
  const change = setChange(old ?? [], young ?? [], namesIn(before, after));
  return isEmpty(change) ? [] : [{ kind: 'extensions', ...change }];
}

function pipelineBodies({ tree }: ConfigModel): ReadonlyMap<string, Json> {
  const service = tree['service'];
  const pipelines = isMap(service) ? service['pipelines'] : undefined;
  return new Map(isMap(pipelines) ? Object.entries(pipelines) : []);
}

function renamedPipelines(
  old: ReadonlyMap<string, Json>,
  young: ReadonlyMap<string, Json>,
): ReadonlyMap<string, string> {
  const free = new Map<string, string[]>();
  const identity = (id: string, body: Json): string => `${componentType(id)}\n${canonicalJson(body)}`;
  for (const [id, body] of young) {
    if (old.has(id)) continue;
    const key = identity(id, body);
    free.set(key, [...(free.get(key) ?? []), id]);
  }
  const renamed = new Map<string, string>();
  for (const [id, body] of old) {
    const other = young.has(id) ? undefined : free.get(identity(id, body))?.shift();
    if (other !== undefined) renamed.set(id, other);
  }
  return renamed;
}

function setChange(
  before: readonly string[],
  after: readonly string[],
  nameOf: (id: string) => string,
): SetChange {
  return {
    added: after.filter((id) => !before.includes(id)).map(nameOf),
    removed: before.filter((id) => !after.includes(id)).map(nameOf),
  };
}

function isEmpty({ added, removed }: SetChange): boolean {
  return added.length === 0 && removed.length === 0;
}

function listIn(body: JsonMap, key: string): readonly string[] {
  const list = body[key];
  return isList(list) ? list.filter((item) => typeof item === 'string') : [];
}

/** How a config writes an id that a pipeline names, whatever class it is of. */
function namesIn(before: ConfigModel, after: ConfigModel): (id: string) => string {
  return (id) => {
    for (const model of [after, before]) {
      for (const cls of ['receivers', 'processors', 'exporters', 'connectors', 'extensions'] as const) {
        const name = writtenId(model, cls, id);
        if (name !== undefined) return name;
      }
    }
    return id;
  };
}
