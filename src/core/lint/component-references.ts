import { isList, isMap } from '../document/node.ts';
import type { Json, JsonMap } from '../document/node.ts';
import { componentsOf, isUsed } from '../collector/pipelines.ts';
import type { Component } from '../collector/pipelines.ts';

/** A name of an extension or a pipeline inside a component's body. */
export interface BodyReference {
  readonly component: Component;
  readonly path: readonly string[];
  readonly to: 'extension' | 'pipeline';
  /** What the component wants it for, as the collector's sentence speaks of it. */
  readonly as: 'authenticator' | 'storage' | 'other';
  readonly id: string;
  /** True where the word may also be something else (`encoding: utf-8`): it is a reference only if such an extension is configured. */
  readonly perhaps?: true;
}

/**
 * Names of extensions and pipelines that the components of a config hold (documentation of confighttp, configgrpc, exporterhelper, stanza, and of
 * the connectors). Components that nothing uses are not looked at: nobody resolves their names.
 */
export function bodyReferences(tree: JsonMap): readonly BodyReference[] {
  return componentsOf(tree).flatMap((component) => {
    const { class: section, id, type, body } = component;
    if (!isUsed(tree, section, id) || !isMap(body)) return [];
    const base = [section, id];
    return [
      ...inBody(component, body, base),
      ...(section === 'connectors' ? ofConnector(component, type, body, base) : []),
    ];
  });
}

/** Receivers with a free form below, whose `auth`, `storage` … are somebody else's. */
const FREE: ReadonlySet<string> = new Set(['prometheus', 'receiver_creator', 'plugin', 'template']);

function inBody(component: Component, body: JsonMap, base: readonly string[]): readonly BodyReference[] {
  if (FREE.has(component.type)) return [];
  const found: BodyReference[] = [];
  const add = (
    path: readonly string[],
    value: Json | undefined,
    more: Pick<BodyReference, 'as'> & { perhaps?: true },
  ): void => {
    if (typeof value !== 'string' || value === '' || value.includes('$')) return;
    found.push({ component, path: [...base, ...path], to: 'extension', id: value.trim(), ...more });
  };
  const visit = (map: JsonMap, path: readonly string[]): void => {
    const auth = map['auth'];
    if (isMap(auth)) add([...path, 'auth', 'authenticator'], auth['authenticator'], { as: 'authenticator' });
    const queue = map['sending_queue'];
    if (isMap(queue) && queue['enabled'] !== false) {
      add([...path, 'sending_queue', 'storage'], queue['storage'], { as: 'storage' });
    }
    for (const [key, value] of Object.entries(map)) {
      if (isMap(value) && path.length < 3) visit(value, [...path, key]);
    }
  };
  visit(body, []);
  if (component.class === 'receivers') {
    add(['storage'], body['storage'], { as: 'storage' });
    add(['k8s_leader_elector'], body['k8s_leader_elector'], { as: 'other' });
    add(['encoding'], body['encoding'], { as: 'other', perhaps: true });
  }
  const observers = body['watch_observers'];
  if (isList(observers)) {
    for (const [index, observer] of observers.entries()) {
      add(['watch_observers', String(index)], observer, { as: 'other' });
    }
  }
  return found;
}

function ofConnector(
  component: Component,
  type: string,
  body: JsonMap,
  base: readonly string[],
): readonly BodyReference[] {
  const lists: (readonly [path: readonly string[], value: Json | undefined])[] =
    type === 'routing'
      ? [
          [['default_pipelines'], body['default_pipelines']],
          ...items(body['table']).map(
            (row, index) =>
              [['table', String(index), 'pipelines'], isMap(row) ? row['pipelines'] : undefined] as const,
          ),
        ]
      : type === 'failover'
        ? items(body['priority_levels']).map(
            (level, index) => [['priority_levels', String(index)], level] as const,
          )
        : [];
  return lists.flatMap(([path, list]) =>
    items(list).flatMap((id, index): readonly BodyReference[] =>
      typeof id === 'string' && !id.includes('$')
        ? [{ component, path: [...base, ...path, String(index)], to: 'pipeline', as: 'other', id: id.trim() }]
        : [],
    ),
  );
}

function items(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}
