import { COMPONENT_CLASSES } from '../../collector/component-id.ts';
import { wrongType } from '../../collector/errors/wrong-type.ts';
import { isList, isMap } from '../../document/node.ts';
import type { Json, JsonMap } from '../../document/node.ts';
import { mapAt, wholeConfigs } from '../config-finding.ts';
import type { ConfigMistake } from '../config-finding.ts';
import type { Rule } from '../rule.ts';

export const nodeKindRule: Rule = {
  id: 'CFG-011',
  severity: 'error',
  summary: 'A list where a map belongs, a text where a list belongs, and the like',
  docs: 'Sections, components and pipelines are maps (empty ones may be left without a body); receivers, processors, exporters and extensions of the service are lists of ids.',
  check: (input) => wholeConfigs(input, ({ tree }) => wrongKinds(tree)),
};

function wrongKinds(tree: JsonMap): readonly ConfigMistake[] {
  const sections = [...COMPONENT_CLASSES, 'service'].flatMap((name) => mapExpected(tree[name], [name]));
  const bodies = COMPONENT_CLASSES.flatMap((section) =>
    Object.entries(mapAt(tree, section)).flatMap(([id, body]) => mapExpected(body, [section, id])),
  );
  const service = mapAt(tree, 'service');
  const pipelines = Object.entries(mapAt(tree, 'service', 'pipelines')).flatMap(([id, body]) => [
    ...mapExpected(body, ['service', 'pipelines', id]),
    ...(['receivers', 'processors', 'exporters'] as const).flatMap((list) =>
      listExpected(isMap(body) ? body[list] : undefined, ['service', 'pipelines', id, list]),
    ),
  ]);
  return [
    ...sections,
    ...bodies,
    ...mapExpected(service['pipelines'], ['service', 'pipelines']),
    ...mapExpected(service['telemetry'], ['service', 'telemetry']),
    ...listExpected(service['extensions'], ['service', 'extensions']),
    ...pipelines,
  ];
}

function mapExpected(value: Json | undefined, path: readonly string[]): readonly ConfigMistake[] {
  if (value === undefined || value === null || isMap(value) || isReference(value)) return [];
  return [mistake(path, 'a map of keys', value, mapMessage(path, value))];
}

/** Components are decoded as maps, the rest as structs (confmap 0.158). */
function mapMessage(path: readonly string[], value: Json): string {
  const [section = '', id] = path;
  if (section === 'service') {
    const under =
      path[1] === 'pipelines' && path[2] !== undefined ? `service.pipelines[${path[2]}]` : path.join('.');
    return `'${under}' expected a map or struct, got "${isList(value) ? 'slice' : goKind(value)}"`;
  }
  const got = isList(value) ? '[]interface {}' : goKind(value);
  return wrongType.print({
    path: id === undefined ? section : `[${id}]`,
    expected: 'map[string]interface {}',
    got,
  });
}

function listExpected(value: Json | undefined, path: readonly string[]): readonly ConfigMistake[] {
  if (value === undefined || value === null || isReference(value)) return [];
  const [, , id, list] = path;
  const under = list === undefined ? path.join('.') : `service.pipelines[${id ?? ''}].${list}`;
  if (!isList(value)) {
    const otelcolMessage = wrongType.print({ path: under, expected: 'slice', got: goKind(value) });
    return [mistake(path, 'a list of ids', value, otelcolMessage)];
  }
  return value.flatMap((item: Json, index) => {
    if (typeof item === 'string') return [];
    const otelcolMessage = wrongType.print({
      path: `${under}[${index}]`,
      expected: 'string',
      got: goKind(item),
    });
    return [mistake([...path, String(index)], 'an id', item, otelcolMessage)];
  });
}

/** A whole value from the environment or a file has the kind of whatever stands there. */
function isReference(value: Json): boolean {
  return typeof value === 'string' && /^\$\{[^}]*\}$/.test(value);
}

function mistake(
  path: readonly string[],
  wanted: string,
  value: Json,
  otelcolMessage: string,
): ConfigMistake {
  const is = isList(value)
    ? 'a list'
    : isMap(value)
      ? 'a map'
      : value === null
        ? 'empty'
        : `\`${String(value)}\``;
  return {
    rule: nodeKindRule.id,
    severity: 'error',
    path,
    message: `\`${path.join('.')}\` must be ${wanted}, it is ${is}`,
    otelcolMessage,
  };
}

function goKind(value: Json): string {
  if (isList(value)) return 'slice';
  if (isMap(value)) return 'map';
  if (typeof value === 'string') return 'string';
  return typeof value === 'boolean' ? 'bool' : 'int';
}
