import { COMPONENT_CLASSES } from '../collector/component-id.ts';
import type { ComponentClass } from '../collector/component-id.ts';
import { compareText } from '../document/finding.ts';
import type { Json } from '../document/node.ts';
import { bodiesOf } from './config-model.ts';
import type { ConfigModel, IdMaps } from './config-model.ts';
import { diffJson } from './resources.ts';
import type { ComponentChange } from './semantic-change.ts';

/** Components that differ, by class and id. `before` calls them as `after` does; `renames` are the ids for which that was needed. */
export function componentChanges(
  before: ConfigModel,
  after: ConfigModel,
  renames: IdMaps,
): readonly ComponentChange[] {
  return COMPONENT_CLASSES.flatMap((cls) => {
    const old = bodiesOf(before, cls);
    const young = bodiesOf(after, cls);
    const renamed = new Set(renames[cls].values());
    const ids = [...new Set([...old.keys(), ...young.keys()])].sort(compareText);
    return ids.flatMap((id): readonly ComponentChange[] => {
      const change = bodyChange(old.get(id), young.get(id));
      const name = writtenId(after, cls, id) ?? writtenId(before, cls, id) ?? id;
      if (change !== undefined) return [{ kind: 'component', class: cls, id: name, ...change }];
      const from = writtenId(before, cls, id);
      if (!renamed.has(id) || from === undefined) return [];
      return [{ kind: 'component', action: 'renamed', class: cls, id: name, from }];
    });
  });
}

/** How a config writes an id of its model. */
export function writtenId(model: ConfigModel, cls: ComponentClass, id: string): string | undefined {
  return model.written[cls].get(id);
}

function bodyChange(
  before: Json | undefined,
  after: Json | undefined,
): Pick<ComponentChange, 'action' | 'fields'> | undefined {
  if (before === undefined) return { action: 'added' };
  if (after === undefined) return { action: 'removed' };
  const fields = diffJson('', before, after);
  return fields.length === 0 ? undefined : { action: 'changed', fields };
}
