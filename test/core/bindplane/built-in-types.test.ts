import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parameterValues, type GivenParameter } from '../../../src/core/bindplane/parameters.ts';
import { compileType } from '../../../src/core/bindplane/template.ts';
import {
  TYPE_KINDS,
  type ParameterDefinition,
  type ResourceType,
  type TypeKind,
} from '../../../src/core/bindplane/types.ts';
import type { Json } from '../../../src/core/document/node.ts';
import { sharedPath } from '../../support/shared.ts';
import { announceSkip, BUILT_IN_FOLDER, runs, typesBelow } from './support.ts';

const builtIn = typesBelow(BUILT_IN_FOLDER);
const exportedFolder = sharedPath('golden', 'bindplane-render', 'types');
if (exportedFolder === undefined) announceSkip('golden', 'bindplane-render', 'types');

/** Types whose render is proven equal to an exported one; everything else must carry the mark. */
const PROVEN: readonly (readonly [TypeKind, string])[] = [
  ['destination', 'custom'],
  ['destination', 'otlp_grpc'],
  ['processor', 'batch'],
  ['processor', 'custom'],
  ['source', 'custom'],
  ['source', 'host'],
  ['source', 'k8s_container'],
  ['source', 'k8s_events'],
  ['source', 'otlp'],
];

function typeNamed(kind: TypeKind, name: string): ResourceType {
  const type = builtIn.get(kind, name);
  if (type === undefined) throw new Error(`no ${kind} type ${name}`);
  return type;
}

function rendered(type: ResourceType, given: readonly GivenParameter[]): unknown {
  return compileType(type).render('thing', parameterValues(type, given, true));
}

describe('the built-in types', () => {
  it('are the ones of the story', () => {
    const names = (kind: TypeKind): readonly string[] =>
      builtIn
        .list()
        .filter((type) => type.kind === kind)
        .map(({ name }) => name);
    expect(names('source')).toEqual([
      'bindplane_gateway',
      'custom',
      'host',
      'k8s_cluster',
      'k8s_container',
      'k8s_events',
      'k8s_kubelet',
      'otlp',
    ]);
    expect(names('destination')).toEqual([
      'bindplane_gateway',
      'custom',
      'dev_null',
      'dynatrace_otlp',
      'otlp_grpc',
    ]);
    expect(names('processor')).toEqual(['batch', 'custom']);
  });

  it('say that they are verified exactly where an exported type proves it', () => {
    const verified = builtIn
      .list()
      .filter((type) => type.verified)
      .map(({ kind, name }) => [kind, name]);
    expect(verified).toEqual(PROVEN);
  });

  it.each(builtIn.list().map((type) => [type.kind, type.name, type] as const))(
    '%s %s renders with required parameters alone',
    (_kind, _name, type) => {
      const given = type.parameters
        .filter((parameter) => parameter.default === undefined)
        .map(({ name, type: of }) => ({ name, value: of === 'yaml' ? 'nop:' : 'x' }));
      expect(rendered(type, given)).toHaveProperty('partials');
    },
  );

  it('keep to kinds that a catalogue knows', () => {
    expect(builtIn.list().every(({ kind }) => TYPE_KINDS.includes(kind))).toBe(true);
  });
});

const words = fc.constantFrom(
  'edge',
  'gw.internal',
  '/etc/tls/a.pem',
  '10.0.0.7',
  'a b',
  "it's",
  'kube-system',
  '${TOKEN}',
  '/var/log/*.log',
  'x=1',
);
const YAML_TEXTS = [
  'nop:',
  'nop/mine: {}',
  'hostmetrics/a:\n  collection_interval: 30s\n  scrapers:\n    load:\n',
  'attributes:\n  actions:\n    - {key: a, value: "1", action: insert}\n',
];

/** Values that a person would give a parameter. */
function valuesOf(definition: ParameterDefinition): fc.Arbitrary<Json> {
  const metrics = definition.metricCategories.flatMap((category) => category.metrics.map(({ name }) => name));
  switch (definition.type) {
    case 'int':
      return fc.oneof(fc.nat(70_000), fc.nat(70_000).map(String));
    case 'bool':
      return fc.boolean();
    case 'enum':
      return fc.constantFrom(...definition.validValues);
    case 'enums':
      return fc.subarray([...definition.validValues]);
    case 'metrics':
      return fc.subarray(metrics);
    case 'strings':
      return fc
        .uniqueArray(words, { maxLength: 4 })
        .map((list) => list.filter((word) => !word.includes("'")));
    case 'map':
      return fc.dictionary(
        fc.constantFrom('Authorization', 'X-Scope', 'a'),
        fc.oneof(words, fc.nat(99).map(String)),
      );
    case 'yaml':
      return fc.constantFrom(...YAML_TEXTS);
    default:
      return definition.name === 'timeout'
        ? fc.constantFrom('1s', '200ms')
        : words.filter((word) => !word.includes("'"));
  }
}

function givenFor(type: ResourceType): fc.Arbitrary<GivenParameter[]> {
  const required = type.parameters.filter((parameter) => parameter.default === undefined);
  const optional = type.parameters.filter((parameter) => parameter.default !== undefined);
  return fc
    .subarray(optional)
    .chain((chosen) =>
      fc.tuple(
        ...[...required, ...chosen].map((definition) =>
          valuesOf(definition).map((value) => ({ name: definition.name, value })),
        ),
      ),
    );
}

describe.skipIf(exportedFolder === undefined)('against the types exported from a server', () => {
  const exported = exportedFolder === undefined ? undefined : typesBelow(join(exportedFolder));

  it.each(PROVEN)(
    '%s %s renders the same components, whatever the parameters',
    (kind, name) => {
      const theirs = exported?.get(kind, name);
      if (theirs === undefined) throw new Error(`no exported ${kind} ${name}`);
      const ours = typeNamed(kind, name);
      const check = (given: readonly GivenParameter[]): void => {
        const wanted = rendered(theirs, given);
        expect(wanted).toHaveProperty('partials');
        expect(rendered(ours, given)).toEqual(wanted);
      };
      check(
        theirs.parameters
          .filter((p) => p.default === undefined)
          .map(({ name: own, type }) => ({ name: own, value: type === 'yaml' ? 'nop:' : 'x' })),
      );
      fc.assert(fc.property(givenFor(theirs), check), runs(60));
    },
    60_000,
  );

  it.each(PROVEN)('%s %s knows every parameter of the exported one, with its default', (kind, name) => {
    const defaults = (type: ResourceType | undefined): unknown =>
      Object.fromEntries(
        (type?.parameters ?? [])
          .filter((parameter) => parameter.name !== 'telemetry_types' || name === 'custom')
          .map((parameter) => [parameter.name, [parameter.type, parameter.default]]),
      );
    expect(defaults(typeNamed(kind, name))).toEqual(defaults(exported?.get(kind, name)));
  });
});
