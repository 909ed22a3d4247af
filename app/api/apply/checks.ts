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
import { isList, isMap } from '../../../src/core/document/node.ts';
import { parseYaml } from '../../../src/core/document/yaml.ts';
import { selectorOf } from '../../../src/core/fleet/selector.ts';
import { textOf } from '../json.ts';
import { ITEM_KINDS, TYPE_KIND_OF } from './kinds.ts';

/** Kubernetes' label value rule, which names of resources follow (reference/bindplane.md §1.1). */
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

const LABEL_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/** Why a name cannot be one, in BindPlane's words where it has some; it takes the empty name, we do not. */
export function nameProblem(name: string): readonly string[] {
  if (NAME.test(name)) return [];
  if (name === '') return ['metadata.name is missing'];
  if (name.length > 63) return [`${name} is not a valid resource name: must be no more than 63 characters`];
  return [`${name} is not a valid resource name: ${LABEL_RULE}`];
}

/** What is wrong with the values of a resource. Unknown types and references are said by the check of references. */
export function valueProblems(resource: Resource, types: TypeCatalogue): readonly string[] {
  if (resource.kind.endsWith('Type')) return templateProblems(resource);
  const own = TYPE_KIND_OF[resource.kind];
  if (own !== undefined) return typedProblems(own, resource.spec, types);
  if (resource.kind !== 'Configuration') return [];
  return [...configurationProblems(resource.spec), ...itemProblems(resource.spec, types)];
}

function typedProblems(kind: TypeKind, spec: JsonMap, types: TypeCatalogue): readonly string[] {
  const type = textOf(spec['type']);
  const problems = itemProblems(spec, types);
  if (type === '') return isFilled(spec['processors']) ? problems : ['no name or type', ...problems];
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
    const problem = definition === undefined ? undefined : valueProblem(definition, given.value);
    return definition === undefined || problem === undefined ? [] : [words(given, definition, problem)];
  });
}

/** BindPlane's words for a value that does not fit. */
function words({ name }: GivenParameter, definition: ParameterDefinition, problem: string): string {
  const rule = definition.type === 'enum' ? `must be one of [${definition.validValues.join(' ')}]` : problem;
  return `parameter value for '${name}' ${rule}`;
}

function configurationProblems(spec: JsonMap): readonly string[] {
  const raw = textOf(spec['raw']);
  const interval = textOf(spec['measurementInterval']);
  return [
    ...(raw !== '' && (isFilled(spec['sources']) || isFilled(spec['destinations']))
      ? ['configuration must specify raw or sources and destinations']
      : []),
    ...(raw === '' ? [] : yamlProblems(raw)),
    ...(isDuration(interval)
      ? []
      : [`invalid measurementInterval: time: invalid duration ${JSON.stringify(interval)}`]),
  ];
}

function yamlProblems(raw: string): readonly string[] {
  const problem = parseYaml('', raw).findings.find(({ severity }) => severity === 'error');
  if (problem === undefined) return [];
  const line = problem.at === undefined ? '' : `line ${problem.at.line}: `;
  return [`unable to parse spec.raw as yaml: yaml: ${line}${problem.message}`];
}

/** Go's `time.ParseDuration`, and what newer servers know besides: nothing, `off` (reference/bindplane.md §1.3). */
function isDuration(text: string): boolean {
  return text === '' || text === 'off' || /^[-+]?(?:0|(?:\d+\.?\d*(?:ns|us|µs|ms|s|m|h))+)$/.test(text);
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
  return [...selectorWarning(resource), ...given.flatMap((part) => parameterWarnings(part, types))];
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

/** BindPlane's form of several sentences (hashicorp multierror). */
export function multierror(sentences: readonly string[], word: 'error' | 'warning'): string {
  const plural = sentences.length === 1 ? '' : 's';
  return `${sentences.length} ${word}${plural} occurred:\n${sentences.map((sentence) => `\t* ${sentence}\n`).join('')}\n`;
}
