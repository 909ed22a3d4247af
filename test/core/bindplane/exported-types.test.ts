import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parameterValues, type GivenParameter } from '../../../src/core/bindplane/parameters.ts';
import { compileType } from '../../../src/core/bindplane/template.ts';
import type { ResourceType, TypeKind } from '../../../src/core/bindplane/types.ts';
import { isList, isMap, type JsonMap } from '../../../src/core/document/node.ts';
import { sharedPath } from '../../support/shared.ts';
import { conditioned, definitionsOf, manyCases, singleCases } from './exported-types-values.ts';
import { announceSkip, BUILT_IN_FOLDER, render, runs, typesBelow, yamlMap } from './support.ts';

const builtIn = typesBelow(BUILT_IN_FOLDER);
const exportedFolder = sharedPath('golden', 'bindplane-render', 'types');
if (exportedFolder === undefined) announceSkip('golden', 'bindplane-render', 'types');
const exported = exportedFolder === undefined ? undefined : typesBelow(exportedFolder);

/** A type of ours beside the exported one of the same kind and name. */
interface Pair {
  readonly kind: TypeKind;
  readonly name: string;
  readonly ours: ResourceType;
  readonly theirs: ResourceType;
}

const pairs: readonly Pair[] = (exported?.list() ?? []).flatMap((theirs) => {
  const { kind, name } = theirs;
  const ours = builtIn.get(kind, name);
  return ours === undefined ? [] : [{ kind, name, ours, theirs }];
});

const named = pairs.map((pair) => [pair.kind, pair.name, pair] as const);

/** Parameters of newer servers, which the exported types of the older one do not have. */
const NEWER: Readonly<Record<string, readonly string[]>> = {
  'destination/otlp_grpc': ['telemetry_types'],
  'source/k8s_cluster': ['disabled_metrics', 'enabled_metrics'],
  'source/k8s_kubelet': ['disabled_metrics', 'enabled_metrics'],
  'source/otlp': ['telemetry_types'],
};

/** Parameters that the exported type cannot render: it looks for another parameter inside each of their items. */
const REFUSED_THERE: Readonly<Record<string, string>> = { 'source/windowsevents': 'custom_channels' };

function exportedFile({ theirs }: Pair): JsonMap {
  return yamlMap(readFileSync(join(exportedFolder ?? '', theirs.file ?? ''), 'utf8'));
}

function ourFile({ ours }: Pair): JsonMap {
  return yamlMap(readFileSync(join(BUILT_IN_FOLDER, ours.file ?? ''), 'utf8'));
}

/** The components that a type makes, or that it makes none. A server says why in its own words, so only that counts. */
function outcome(type: ResourceType, given: readonly GivenParameter[]): unknown {
  const result = compileType(type).render('thing', parameterValues(type, given, false));
  return 'partials' in result ? result.partials : 'refused';
}

/** The same of our type, with the metrics switched off that only newer receivers have. */
function ourOutcome({ kind, name }: Pair, ours: ResourceType, given: readonly GivenParameter[]): unknown {
  const newer = NEWER[`${kind}/${name}`] ?? [];
  const off = ours.parameters
    .filter((definition) => newer.includes(definition.name) && definition.type === 'metrics')
    .map((definition) => ({
      name: definition.name,
      value: definition.metricCategories
        .flatMap(({ metrics }) => metrics)
        .filter(({ defaultDisabled }) => defaultDisabled)
        .map((metric) => metric.name),
    }));
  return outcome(ours, [...off, ...given]);
}

function refusedThere({ kind, name }: Pair, given: readonly GivenParameter[]): boolean {
  const parameter = REFUSED_THERE[`${kind}/${name}`];
  return given.some(({ name: own, value }) => own === parameter && isList(value) && value.length > 0);
}

/**
 * Where both types make something of `given`, what each makes. The exported types put values into YAML as they are and so break on
 * some; ours never do (SEC-82, template-safety.test.ts), and are held to theirs wherever theirs can be read.
 */
function sideBySide(pair: Pair, given: readonly GivenParameter[]): { ours: unknown; theirs: unknown } {
  const theirs = outcome(pair.theirs, given);
  return { theirs, ours: theirs === 'refused' ? theirs : ourOutcome(pair, pair.ours, given) };
}

/** Everything about a parameter but the words for people. */
function facts(definition: JsonMap): JsonMap {
  const options = isMap(definition['options']) ? definition['options'] : {};
  return {
    name: definition['name'] ?? null,
    type: definition['type'] ?? null,
    default: definition['default'] ?? null,
    required: definition['required'] ?? false,
    advanced: definition['advancedConfig'] ?? false,
    validValues: definition['validValues'] ?? [],
    relevantIf: definition['relevantIf'] ?? [],
    sensitive: options['sensitive'] ?? false,
    creatable: options['creatable'] ?? false,
  };
}

function switchable(type: ResourceType, without: readonly string[]): readonly string[] {
  return type.parameters
    .filter(({ name }) => !without.includes(name))
    .flatMap(({ name, metricCategories }) =>
      metricCategories.flatMap(({ metrics }) =>
        metrics.map((metric) => `${name} ${metric.name} ${metric.defaultDisabled}`),
      ),
    )
    .sort();
}

/** Of how many cases one is tried: of `few` by default, of one in the long run. */
function sampled(few: number): number {
  return process.env['COLLIE_LAWS'] === 'full' ? 1 : few;
}

/** The type without one line of one of its templates, for each line that makes something. */
function withoutOneLine(type: ResourceType): readonly (readonly [string, ResourceType])[] {
  return type.sections.flatMap((section, at) =>
    Object.entries(section.templates).flatMap(([cls, template]) => {
      const lines = template.split('\n');
      return lines.flatMap((line, number): (readonly [string, ResourceType])[] => {
        if (line.trim() === '' || line.startsWith('{{')) return [];
        const templates = { ...section.templates, [cls]: lines.toSpliced(number, 1).join('\n') };
        const sections = type.sections.with(at, { ...section, templates });
        return [[`${section.signals.join('+')}.${cls}: ${line.trim()}`, { ...type, sections }]];
      });
    }),
  );
}

describe.skipIf(exported === undefined)('the types exported from a server', () => {
  it('cover every type that claims to be verified', () => {
    const verified = builtIn.list().filter((type) => type.verified);
    expect(verified.filter(({ kind, name }) => exported?.get(kind, name) === undefined)).toEqual([]);
  });

  it('are all built in', () => {
    const missing = exported?.list().filter(({ kind, name }) => builtIn.get(kind, name) === undefined);
    expect(missing?.map(({ kind, name }) => `${kind}/${name}`)).toEqual([]);
    expect(pairs).toHaveLength(51);
  });

  it.each(named)(
    '%s %s: the same components for the defaults and each value by itself',
    (_k, _n, pair) => {
      const cases = singleCases(conditioned(pair.theirs, exportedFile(pair)), sampled(5));
      const compared = cases.map((given) => ({ given, ...sideBySide(pair, given) }));
      expect(compared.filter(({ ours, theirs }) => !isDeepStrictEqual(ours, theirs))).toEqual([]);
      const refused = compared.filter(({ theirs }) => theirs === 'refused').map(({ given }) => given);
      expect(refused.filter((given) => !refusedThere(pair, given))).toEqual([]);
    },
    60_000,
  );

  it.each(named)(
    '%s %s: the same components, whatever the parameters',
    (_kind, _name, pair) => {
      fc.assert(
        fc.property(manyCases(conditioned(pair.theirs, exportedFile(pair))), (given) => {
          const { ours, theirs } = sideBySide(pair, given);
          expect(ours).toEqual(theirs);
        }),
        runs(20),
      );
    },
    120_000,
  );

  it.each(named)('%s %s: the same parameters in the same order', (kind, name, pair) => {
    const newer = NEWER[`${kind}/${name}`] ?? [];
    const own = definitionsOf(ourFile(pair)).filter(
      (definition) => !newer.some((parameter) => parameter === definition['name']),
    );
    expect(own.map(facts)).toEqual(definitionsOf(exportedFile(pair)).map(facts));
    expect(switchable(pair.ours, newer)).toEqual(switchable(pair.theirs, []));
    expect(pair.ours.supportedPlatforms).toEqual(expect.arrayContaining([...pair.theirs.supportedPlatforms]));
  });

  it.each(named)(
    '%s %s: a missing line is noticed',
    (_kind, _name, pair) => {
      const cases = singleCases(conditioned(pair.ours, ourFile(pair)), sampled(5));
      const whole = cases.map((given) => outcome(pair.ours, given));
      const broken = withoutOneLine(pair.ours);
      const unnoticed = broken
        .filter((_type, number) => number % sampled(29) === 0)
        .filter(([, type]) => cases.every((given, at) => isDeepStrictEqual(outcome(type, given), whole[at])));
      expect(broken).not.toEqual([]);
      expect(unnoticed.map(([line]) => line)).toEqual([]);
    },
    120_000,
  );
});

const recorded = sharedPath('golden', 'bindplane-render');

/** The tree without the metrics that built-in types of newer servers switch on. */
function withoutNewerMetrics(tree: JsonMap): JsonMap {
  const receivers = isMap(tree['receivers']) ? tree['receivers'] : {};
  const known = Object.entries(receivers).map(([id, body]) =>
    isMap(body) && /^(?:kubeletstats|k8s_cluster)\//.test(id) ? [id, omit(body, 'metrics')] : [id, body],
  );
  return { ...tree, receivers: Object.fromEntries(known) };
}

function omit(map: JsonMap, key: string): JsonMap {
  return Object.fromEntries(Object.entries(map).filter(([name]) => name !== key));
}

describe.skipIf(recorded === undefined)(
  'configurations recorded on a server, with the built-in types',
  () => {
    const folder = recorded ?? '';
    const cases = recorded === undefined ? [] : readdirSync(folder).filter((name) => /^\d\d-/.test(name));
    const newer = ['08-k8s-node', '09-k8s-cluster'];
    const rendering = (name: string): { text: string; tree: JsonMap; expected: string } => {
      const resources = readFileSync(join(folder, name, 'resources.yaml'), 'utf8');
      const { config, findings } = render(
        { 'resources.yaml': resources },
        { types: builtIn, product: 'BindPlane OP' },
      );
      expect(findings).toEqual([]);
      expect(config.unrendered).toEqual([]);
      const tree = yamlMap(config.text);
      return { text: config.text, tree, expected: readFileSync(join(folder, name, 'expected.yaml'), 'utf8') };
    };

    it.each(cases.filter((name) => !newer.includes(name)))('%s: byte for byte', (name) => {
      const { text, expected } = rendering(name);
      expect(text).toBe(expected);
    });

    it.each(newer)('%s: but for metrics of newer receivers', (name) => {
      const { tree, expected } = rendering(name);
      expect(tree).not.toEqual(yamlMap(expected));
      expect(withoutNewerMetrics(tree)).toEqual(yamlMap(expected));
    });
  },
);
