import {
  givenParameters,
  parameterFindings,
  unknownParameters,
} from '../../../src/core/bindplane/parameters.ts';
import { splitVersion } from '../../../src/core/bindplane/names.ts';
import type { Resource } from '../../../src/core/bindplane/resource.ts';
import type { TypeCatalogue, TypeKind } from '../../../src/core/bindplane/types.ts';
import { textOf } from '../json.ts';
import { selectorOf } from '../../../src/core/fleet/selector.ts';

/** Kubernetes' label value rule, which names of resources follow (reference/bindplane.md §1.1). */
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

const TYPE_KINDS: Readonly<Record<string, TypeKind>> = {
  Source: 'source',
  Destination: 'destination',
  Processor: 'processor',
  Connector: 'connector',
  Extension: 'extension',
};

/** Why a name cannot be one. */
export function nameProblem(name: string): readonly string[] {
  if (NAME.test(name)) return [];
  return [
    `metadata.name ${JSON.stringify(name)} must be at most 63 letters, digits, '-', '_' or '.', and begin and end with a letter or digit`,
  ];
}

/** What is wrong with the parameters of a library resource. Unknown types are said by the check of references. */
export function typeProblems(resource: Resource, types: TypeCatalogue): readonly string[] {
  const kind = TYPE_KINDS[resource.kind];
  const { type } = resource.spec;
  if (kind === undefined) return [];
  if (typeof type !== 'string' || type === '') return ['no type'];
  const definition = types.get(kind, splitVersion(type).name);
  if (definition === undefined) return [];
  const given = givenParameters(resource.spec, undefined, ['spec']);
  return parameterFindings(given, definition)
    .filter(({ severity }) => severity === 'error')
    .map(({ message }) => message);
}

/** What a client should be told although it was done: nobody is selected, or a parameter means nothing. */
export function warningsFor(resource: Resource, types: TypeCatalogue): readonly string[] {
  const kind = TYPE_KINDS[resource.kind];
  const definition =
    kind === undefined ? undefined : types.get(kind, splitVersion(textOf(resource.spec['type'])).name);
  const unknown = definition === undefined ? [] : unknownParameters(resource, definition);
  return [
    ...selectorWarning(resource),
    ...unknown.map(({ name }) => `ignoring parameter ${name} not defined in type ${definition?.name ?? ''}`),
  ];
}

/** An empty selector selects nobody here; on a BindPlane server it selects everybody (reference/lab-bindplane.md §3). */
function selectorWarning(resource: Resource): readonly string[] {
  if (resource.kind !== 'Configuration' || selectorOf(resource.spec) !== undefined) return [];
  return ['spec.selector.matchLabels is empty: no agent gets this configuration by selector'];
}
