import { splitVersion } from '../../../src/core/bindplane/names.ts';
import { givenParameters, unknownAmong, valueProblem } from '../../../src/core/bindplane/parameters.ts';
import type { GivenParameter } from '../../../src/core/bindplane/parameters.ts';
import type { Resource } from '../../../src/core/bindplane/resource.ts';
import { compileType } from '../../../src/core/bindplane/template.ts';
import type {
  ParameterDefinition,
  ResourceType,
  TypeCatalogue,
  TypeKind,
} from '../../../src/core/bindplane/types.ts';
import { readTypes } from '../../../src/core/bindplane/types.ts';
import type { Json, JsonMap } from '../../../src/core/document/node.ts';
import { isList, isMap, plain } from '../../../src/core/document/node.ts';
import { parseYaml } from '../../../src/core/document/yaml.ts';
import { isLabel } from '../../../src/core/opamp/description.ts';
import { selectorOf } from '../../../src/core/fleet/selector.ts';
import { textOf } from '../json.ts';
import { ITEM_KINDS, TYPE_KIND_OF } from './kinds.ts';

/** Kubernetes' label value rule, which names of resources follow (reference/bindplane.md §1.1). */
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

const LABEL_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const LABEL_NAME_RULE =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/** What is wrong with an item that names nothing. */
export const NO_NAME_OR_TYPE = 'no name or type';

/** Why a name cannot be one, in BindPlane's words where it has some; it takes the empty name, we do not. */
export function nameProblem(name: string): readonly string[] {
  if (NAME.test(name)) return [];
  if (name === '') return ['metadata.name is missing'];
  if (name.length > 63) return [`${name} is not a valid resource name: must be no more than 63 characters`];
  return [`${name} is not a valid resource name: ${LABEL_RULE}`];
}

/** What is wrong with the values of a resource. Unknown types and references are said by the check of references. */
export function valueProblems(resource: Resource, types: TypeCatalogue): readonly string[] {
  return [...labelProblems(resource.labels, ''), ...specProblems(resource, types)];
}

function specProblems(resource: Resource, types: TypeCatalogue): readonly string[] {
  if (resource.kind.endsWith('Type')) return templateProblems(resource);
  const own = TYPE_KIND_OF[resource.kind];
  if (own !== undefined) return typedProblems(own, resource.spec, types);
  const selector = labelProblems(selectorOf(resource.spec) ?? {}, 'selector is invalid: ');
  if (resource.kind !== 'Configuration') return selector;
  return [...configurationProblems(resource.spec), ...selector, ...itemProblems(resource.spec, types)];
}

/** Why labels, or those of a selector, are none, in one sentence as BindPlane says it. */
function labelProblems(labels: Readonly<Record<string, string>>, before: string): readonly string[] {
  const problems = Object.entries(labels).flatMap(([key, value]) => {
    if (!isLabel(key, '')) return [`${key} is not a valid label name: ${LABEL_NAME_RULE}`];
    return isLabel(key, value) ? [] : [`${value} is not a valid label value: ${LABEL_RULE}`];
  });
  return problems.length === 0 ? [] : [`${before}${problems.join('\n')}`];
}

function typedProblems(kind: TypeKind, spec: JsonMap, types: TypeCatalogue): readonly string[] {
  const type = textOf(spec['type']);
  const problems = itemProblems(spec, types);
  if (type === '') return isFilled(spec['processors']) ? problems : [NO_NAME_OR_TYPE, ...problems];
  const definition = types.get(kind, splitVersion(type).name);
  return definition === undefined ? problems : [...parameterProblems(spec, definition), ...problems];
}

function itemProblems(spec: JsonMap, types: TypeCatalogue): readonly string[] {
  return itemsOf(spec).flatMap(({ kind, item }) => {
    const isReference = textOf(item['name']) !== '' && textOf(item['type']) === '';
    return isReference ? itemProblems(item, types) : typedProblems(kind, item, types);
  });
}

function itemsOf(spec: JsonMap): readonly { readonly kind: TypeKind; readonly item: JsonMap }[] {
  return Object.entries(ITEM_KINDS).flatMap(([list, kind]) => {
    const items = spec[list];
    return isList(items) ? items.filter(isMap).map((item) => ({ kind, item })) : [];
  });
}

function parameterProblems(spec: JsonMap, type: ResourceType): readonly string[] {
  return givenParameters(spec, undefined, []).flatMap((given) => {
    const definition = type.parameters.find(({ name }) => name === given.name);
    if (definition === undefined) return [];
    const problem = valueProblem(definition, given.value);
    if (problem !== undefined) return [words(given, definition, problem)];
    return definition.type === 'yaml' && typeof given.value === 'string' ? yamlProblem(given.value) : [];
  });
}

/** BindPlane's words for a value that does not fit, where it has any that say what is wrong. */
function words(
  { name }: GivenParameter,
  { type, validValues }: ParameterDefinition,
  problem: string,
): string {
  return `parameter value for '${name}' ${WORDS[type]?.(validValues) ?? problem}`;
}

const oneOf = (values: readonly string[]): string => `must be one of [${values.join(' ')}]`;
const arrayOfStrings = (): string => 'must be an array of strings';

const WORDS: Readonly<Record<string, (values: readonly string[]) => string>> = {
  enum: oneOf,
  enums: oneOf,
  bool: () => 'must be a bool',
  strings: arrayOfStrings,
};

function yamlProblem(text: string): readonly string[] {
  const problem = parseYaml('', text).findings.find(({ severity }) => severity === 'error');
  if (problem === undefined) return [];
  return [`yaml: ${problem.at === undefined ? '' : `line ${problem.at.line}: `}${problem.message}`];
}

function configurationProblems(spec: JsonMap): readonly string[] {
  const raw = textOf(spec['raw']);
  const interval = textOf(spec['measurementInterval']);
  return [
    ...(raw !== '' && (isFilled(spec['sources']) || isFilled(spec['destinations']))
      ? ['configuration must specify raw or sources and destinations']
      : []),
    ...(raw === '' ? [] : yamlProblems(raw)),
    ...durationProblem(interval),
  ];
}

function yamlProblems(raw: string): readonly string[] {
  const failed = 'unable to parse spec.raw as yaml: ';
  const problems = yamlProblem(raw);
  if (problems.length > 0) return problems.map((problem) => `${failed}${problem}`);
  const root = parseYaml('', raw).documents[0]?.root;
  const isConfig = root === undefined || root.kind === 'map' || plain(root) === null;
  return isConfig ? [] : [`${failed}it is no map of receivers, exporters and so on`];
}

const UNITS = ['ns', 'us', 'µs', 'ms', 's', 'm', 'h'];

/**
 * What Go's `time.ParseDuration` says of a text. Newer servers also know nothing and `off` (reference/bindplane.md §1.3).
 */
function durationProblem(text: string): readonly string[] {
  if (text === '' || text === 'off') return [];
  const failed = (why: string): readonly string[] => [`invalid measurementInterval: time: ${why}`];
  const quoted = JSON.stringify(text);
  let rest = text.replace(/^[-+]/, '');
  if (rest === '0') return [];
  if (rest === '') return failed(`invalid duration ${quoted}`);
  while (rest !== '') {
    const [whole = '', number = '', unit = ''] = /^(\d+\.?\d*|\.\d+)([^\d.]*)/.exec(rest) ?? [];
    if (number === '') return failed(`invalid duration ${quoted}`);
    if (unit === '') return failed(`missing unit in duration ${quoted}`);
    if (!UNITS.includes(unit)) return failed(`unknown unit ${JSON.stringify(unit)} in duration ${quoted}`);
    rest = rest.slice(whole.length);
  }
  return [];
}

function isFilled(value: Json | undefined): boolean {
  return isList(value) && value.length > 0;
}

/** A type whose templates do not parse could be used by nobody. */
function templateProblems({ kind, name, metadata, spec }: Resource): readonly string[] {
  const value = { kind, metadata: { ...metadata, name: name || 'type' }, spec };
  const { types, findings } = readTypes([{ file: kind, value, verified: true }]);
  if (findings.length > 0) return findings.map(({ message }) => message);
  return types.list().flatMap((type) => compileType(type).problems);
}

/** What a client should be told although it was done: nobody is selected, or a parameter means nothing. */
export function warningsFor(resource: Resource, types: TypeCatalogue): readonly string[] {
  const own = TYPE_KIND_OF[resource.kind];
  const given = own === undefined ? itemsOf(resource.spec) : [{ kind: own, item: resource.spec }];
  return [
    ...selectorWarning(resource),
    ...rolloutWarning(resource),
    ...given.flatMap((part) => parameterWarnings(part, types)),
  ];
}

function parameterWarnings(
  { kind, item }: { readonly kind: TypeKind; readonly item: JsonMap },
  types: TypeCatalogue,
): readonly string[] {
  const inner = itemsOf(item).flatMap((part) => parameterWarnings(part, types));
  const definition = types.get(kind, splitVersion(textOf(item['type'])).name);
  if (definition === undefined) return inner;
  const unknown = unknownAmong(givenParameters(item, undefined, []), definition);
  return [
    ...unknown.map(({ name }) => `ignoring parameter ${name} not defined in type ${definition.name}`),
    ...inner,
  ];
}

/** An empty selector selects nobody here; on a BindPlane server it selects everybody (reference/lab-bindplane.md §3). */
function selectorWarning(resource: Resource): readonly string[] {
  if (resource.kind !== 'Configuration' || selectorOf(resource.spec) !== undefined) return [];
  return ['spec.selector.matchLabels is empty: no agent gets this configuration by selector'];
}

/** Stages by labels belong to paid editions of BindPlane; phases by number are what there is here. */
function rolloutWarning({ spec }: Resource): readonly string[] {
  const { rollout } = spec;
  const type = isMap(rollout) ? splitVersion(textOf(rollout['type'])).name : '';
  if (type === '' || type === 'standard') return [];
  return [`spec.rollout of type ${type} is stored and not followed: rollouts go by phases of so many agents`];
}

/** What a client is told beside what became of its resource; `withheld` as in `OfferedText`. Empty when there is nothing to tell. */
export function reasonOf(warnings: readonly string[], withheld?: string): string {
  const sentences =
    withheld === undefined ? warnings : [...warnings, `own metrics are not asked for: ${withheld}`];
  return sentences.length === 0 ? '' : multierror(sentences, 'warning');
}

/** BindPlane's form of several sentences (hashicorp multierror). */
export function multierror(sentences: readonly string[], word: 'error' | 'warning'): string {
  const plural = sentences.length === 1 ? '' : 's';
  return `${sentences.length} ${word}${plural} occurred:\n${sentences.map((sentence) => `\t* ${sentence}\n`).join('')}\n`;
}
