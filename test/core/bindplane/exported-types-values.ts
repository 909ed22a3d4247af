import * as fc from 'fast-check';
import type { GivenParameter } from '../../../src/core/bindplane/parameters.ts';
import type { ParameterDefinition, ResourceType } from '../../../src/core/bindplane/types.ts';
import { isList, isMap, type Json, type JsonMap } from '../../../src/core/document/node.ts';

/** When a parameter counts: what its `relevantIf` asks of another one. */
interface Condition {
  readonly name: string;
  readonly operator: string;
  readonly value: Json;
}

/** A type with the conditions of its parameters. */
export interface ConditionedType {
  readonly type: ResourceType;
  readonly conditions: ReadonlyMap<string, readonly Condition[]>;
}

/** The definitions of a type's file, as they stand there. */
export function definitionsOf(file: JsonMap): readonly JsonMap[] {
  const spec = file['spec'];
  const list = isMap(spec) ? spec['parameters'] : undefined;
  return isList(list) ? list.filter(isMap) : [];
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** Reads the conditions that `type` has in its file. */
export function conditioned(type: ResourceType, file: JsonMap): ConditionedType {
  const conditions = new Map<string, readonly Condition[]>();
  for (const definition of definitionsOf(file)) {
    const list = definition['relevantIf'];
    const read = (isList(list) ? list.filter(isMap) : []).map(({ name, operator, value }) => ({
      name: textOf(name),
      operator: textOf(operator),
      value: value ?? null,
    }));
    conditions.set(textOf(definition['name']), read);
  }
  return { type, conditions };
}

const PLAIN = [
  'edge',
  'gw.internal',
  '/etc/tls/a.pem',
  '10.0.0.7',
  'a b',
  'kube-system',
  '/var/log/*.log',
  'x=1',
];

/** Texts that YAML reads as something else where they stand bare, or that a careless template breaks on. */
const AWKWARD = [
  '',
  '8080',
  '007',
  '1.5',
  '1.2.3',
  'true',
  'False',
  'null',
  '~',
  '${TOKEN}',
  '%d',
  'ä',
  'a,b',
  'k=v;w',
];

const YAML_TEXTS = [
  'nop:',
  'nop/mine: {}',
  'hostmetrics/a:\n  collection_interval: 30s\n  scrapers:\n    load:\n',
  'attributes:\n  actions:\n    - {key: a, value: "1", action: insert}\n',
];

const ZONES = ['UTC', 'Europe/Berlin', 'Etc/GMT+3'];

const LOG_GROUPS: readonly Json[] = [
  { id: '/app/log', names: ['web'], prefixes: [] },
  { id: 'second', names: [], prefixes: ['a-', 'b-'] },
  { id: 'all', names: [], prefixes: [] },
];

const SORTS: readonly Json[] = [
  { regexKey: 'at', sortType: 'timestamp', sortDirection: 'ascending', location: 'UTC', layout: '%Y-%m-%d' },
  { regexKey: 'nr', sortType: 'numeric', sortDirection: 'descending', location: '', layout: '' },
];

/** Values worth trying one by one: every choice, both switches, a list of none and of several. */
function samplesOf(definition: ParameterDefinition): readonly Json[] {
  const metrics = metricNames(definition);
  switch (definition.type) {
    case 'int':
      return [0, 7];
    case 'bool':
      return [true, false];
    case 'enum':
      return definition.creatable ? [...definition.validValues, 'own-choice'] : definition.validValues;
    case 'enums':
      return [[], ...definition.validValues.map((value) => [value]), definition.validValues];
    case 'metrics':
      return [
        [],
        metrics.filter((_name, at) => at % 2 === 0),
        metrics.filter((_name, at) => at % 2 === 1),
        metrics,
      ];
    case 'strings':
      return [[], ['one'], ['/var/log/a.log', 'b c', 'kafka-1:9092']];
    case 'map':
      return [{}, { b: 'x', a: '7', 'x-c': 'y z' }];
    case 'yaml':
      return YAML_TEXTS;
    case 'timezone':
      return ZONES;
    case 'awsCloudwatchNamedField':
      return [[], LOG_GROUPS];
    case 'fileLogSort':
      return [[], SORTS];
    default:
      return ['edge', '/etc/a b', '8080'];
  }
}

/** Values that a person would give a parameter, and some that they had better not. */
function valuesOf(definition: ParameterDefinition): fc.Arbitrary<Json> {
  const words = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...PLAIN) }, fc.constantFrom(...AWKWARD));
  switch (definition.type) {
    case 'int':
      return fc.oneof({ weight: 9, arbitrary: fc.nat(3_000_000) }, fc.nat(70_000).map(String));
    case 'bool':
      return fc.oneof({ weight: 19, arbitrary: fc.boolean() }, fc.constantFrom('true', 'false'));
    case 'enums':
      return fc.subarray([...definition.validValues]);
    case 'metrics':
      return fc.subarray([...metricNames(definition), 'not.a.metric']);
    case 'strings':
      return fc.array(fc.oneof({ weight: 4, arbitrary: words }, fc.constant('C:\\logs\\*.log')), {
        maxLength: 4,
      });
    case 'map':
      return fc.dictionary(
        fc.constantFrom('Authorization', 'X-Scope', 'a', 'k8s.pod.name', '1', 'a b'),
        words,
      );
    case 'awsCloudwatchNamedField':
      return fc.subarray([...LOG_GROUPS]);
    case 'fileLogSort':
      return fc.subarray([...SORTS]);
    case 'enum':
    case 'yaml':
    case 'timezone':
      return fc.constantFrom(...samplesOf(definition));
    default:
      return words;
  }
}

function metricNames(definition: ParameterDefinition): readonly string[] {
  return definition.metricCategories.flatMap(({ metrics }) => metrics.map(({ name }) => name));
}

/** What a resource must give at least: a value for each parameter without default. */
function needed({ parameters }: ResourceType): Map<string, Json> {
  return new Map(
    parameters
      .filter((definition) => definition.default === undefined && definition.required)
      .map((definition) => [definition.name, samplesOf(definition).at(-1) ?? '']),
  );
}

/** Values of other parameters under which `name` counts, and under which those count (conditions may go round in circles). */
function forced(
  { type, conditions }: ConditionedType,
  name: string,
  known: Map<string, Json> = new Map(),
): Map<string, Json> {
  for (const condition of conditions.get(name) ?? []) {
    if (known.has(condition.name)) continue;
    const definition = type.parameters.find((candidate) => candidate.name === condition.name);
    if (definition === undefined) throw new Error(`${name} hangs on ${condition.name}, which is not there`);
    const value =
      condition.operator === 'notEquals'
        ? samplesOf(definition).find((sample) => sample !== condition.value)
        : condition.value;
    known.set(condition.name, value ?? null);
    forced({ type, conditions }, condition.name, known);
  }
  return known;
}

function holds({ operator, value }: Condition, actual: Json | undefined): boolean {
  if (operator === 'notEquals') return actual !== value;
  if (operator !== 'containsAny') return actual === value;
  return isList(value) && isList(actual) && value.some((item: Json) => actual.includes(item));
}

/** The given values without those whose conditions do not hold. */
function relevant(
  { type, conditions }: ConditionedType,
  values: ReadonlyMap<string, Json>,
): Map<string, Json> {
  const valueOf = (name: string): Json | undefined =>
    values.get(name) ?? type.parameters.find((definition) => definition.name === name)?.default;
  return new Map(
    [...values].filter(([name]) =>
      (conditions.get(name) ?? []).every((condition) => holds(condition, valueOf(condition.name))),
    ),
  );
}

function given(values: ReadonlyMap<string, Json>): readonly GivenParameter[] {
  return [...values].map(([name, value]) => ({ name, value }));
}

/**
 * The defaults, then each sample of each parameter where it counts; then that under each choice that parameters hang on or that is one of
 * three, there with one of `few` samples, beginning with another one for each choice. No case comes twice.
 */
export function singleCases(type: ConditionedType, few = 1): readonly (readonly GivenParameter[])[] {
  const { parameters } = type.type;
  const named = new Set([...type.conditions.values()].flat().map(({ name }) => name));
  const choices = parameters
    .filter(
      ({ name, type: of, validValues }) => of === 'enum' && (named.has(name) || validValues.length === 3),
    )
    .flatMap((definition) =>
      definition.validValues
        .filter((value) => value !== definition.default)
        .map((value) => new Map([...forced(type, definition.name), [definition.name, value]])),
    );
  const cases = [new Map<string, Json>(), ...choices].flatMap((choice, turn) => {
    const base = [...needed(type.type), ...choice];
    const each = parameters
      .flatMap((definition) => samplesOf(definition).map((value) => ({ name: definition.name, value })))
      .filter((_sample, at) => turn === 0 || (at + turn) % few === 0)
      .map(({ name, value }) => new Map([...base, ...forced(type, name), [name, value]]));
    return [new Map(base), ...each].map(given);
  });
  return [...new Map(cases.map((values) => [JSON.stringify(values), values])).values()];
}

/** Any parameters at once, among them one that is made to count. Half of the time nothing is given that does not count. */
export function manyCases(type: ConditionedType): fc.Arbitrary<readonly GivenParameter[]> {
  const { parameters } = type.type;
  const some = fc
    .subarray([...parameters])
    .chain((chosen) =>
      fc.tuple(
        ...chosen.map((definition) =>
          valuesOf(definition).map((value): readonly [string, Json] => [definition.name, value]),
        ),
      ),
    );
  const one = fc
    .constantFrom(...parameters)
    .chain((definition) => fc.tuple(fc.constant(definition.name), valuesOf(definition)));
  return fc.tuple(some, one, fc.boolean()).map(([many, [name, value], strict]) => {
    const values = new Map([...needed(type.type), ...many, ...forced(type, name), [name, value]]);
    return given(strict ? relevant(type, values) : values);
  });
}
