import type { Kind, Resource, ResourceKey } from '../core/bindplane/resource.ts';
import { overrideTypes, readTypes, type TypeCatalogue } from '../core/bindplane/types.ts';
import { withoutHeader } from '../core/diff/configs.ts';
import { isMap, type JsonMap } from '../core/document/node.ts';
import type { Agent } from '../core/fleet/agent.ts';
import type { PolicyTimings } from '../core/rollout/policy.ts';
import { renderOne } from '../core/resources/effective.ts';
import type { ControlPlane, ServerConfiguration } from '../ports/control-plane.ts';

/** Kinds that a plan compares; types are fetched as types. */
const PLANNED_KINDS: readonly Kind[] = [
  'Processor',
  'Source',
  'Destination',
  'Extension',
  'Connector',
  'Configuration',
  'Fleet',
];

/** What a server said at one moment: 14 requests, however many agents and resources it has. */
export interface ServerFacts {
  readonly types: readonly JsonMap[];
  readonly resources: readonly Resource[];
  readonly agents: readonly Agent[];
  /** Rollout policies by name; absent for a server that keeps none. */
  readonly policies?: ReadonlyMap<string, JsonMap>;
  /** What its rollouts are set to where no policy says. */
  readonly timings?: PolicyTimings;
}

/** Asks a server for everything that a plan needs but renders. */
export async function gatherServer(controlPlane: ControlPlane): Promise<ServerFacts> {
  const [types, agents, policies, lists] = await Promise.all([
    controlPlane.resourceTypes(),
    controlPlane.agents(),
    controlPlane.policies(),
    Promise.all(PLANNED_KINDS.map((kind) => controlPlane.list(kind))),
  ]);
  return {
    types,
    agents,
    resources: lists.flat(),
    ...(policies && {
      policies: new Map(policies.documents.map((document) => [nameOf(document), document])),
    }),
    ...(policies?.timings && { timings: policies.timings }),
  };
}

function nameOf({ metadata }: JsonMap): string {
  const name = isMap(metadata) ? metadata['name'] : undefined;
  return typeof name === 'string' ? name : '';
}

/** The type without our own labels, by which a file says that nobody compared it with a server's: this one is a server's. */
function asServed(value: JsonMap): JsonMap {
  const metadata = isMap(value['metadata']) ? value['metadata'] : {};
  const labels = isMap(metadata['labels']) ? metadata['labels'] : {};
  const kept = Object.entries(labels).filter(([key]) => !key.startsWith('collie/'));
  return { ...value, metadata: { ...metadata, labels: Object.fromEntries(kept) } };
}

/** The catalogue with a server's own types in front: what they render is what the server renders. */
export function withServerTypes(
  base: TypeCatalogue,
  documents: readonly JsonMap[],
  url: string,
): TypeCatalogue {
  const served = documents.map((value) => ({ file: url, value: asServed(value), verified: true }));
  return overrideTypes(base, readTypes(served).types);
}

/** Newest version of each configuration, by name. */
export function versionsOf(resources: readonly Resource[]): ReadonlyMap<string, number> {
  return new Map(
    resources.flatMap(({ kind, name, metadata }) => {
      const version = metadata['version'];
      return kind === 'Configuration' && typeof version === 'number' ? [[name, version] as const] : [];
    }),
  );
}

/** One comparison of our render with the server's. */
export interface Verification {
  readonly equal: number;
  readonly compared: number;
  /** Names whose renders differ. */
  readonly different: readonly string[];
}

/**
 * Compares our renders of what a server holds now with its own texts. The header is left out: it names the version.
 * @param types the server's types over the built-in ones
 */
export function verifyRenders(
  configurations: readonly ServerConfiguration[],
  resources: readonly Resource[],
  types: TypeCatalogue,
): Verification {
  const byKey = new Map<ResourceKey, Resource>(resources.map((resource) => [resource.key, resource]));
  const different = configurations
    .filter(({ resource, raw }) => {
      const { config } = renderOne(resource, { resources: byKey, types });
      return withoutHeader(config.text) !== withoutHeader(raw);
    })
    .map(({ resource }) => resource.name);
  return { equal: configurations.length - different.length, compared: configurations.length, different };
}

/** The server's configurations of these names, with its own texts; those it does not have are left out. */
export async function currentConfigurations(
  controlPlane: ControlPlane,
  names: readonly string[],
): Promise<readonly ServerConfiguration[]> {
  const found = await Promise.all(names.map((name) => controlPlane.configuration(name)));
  return found.filter((configuration) => configuration !== undefined);
}
