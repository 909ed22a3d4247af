import { SENSITIVE } from '../bindplane/parameters.ts';
import { referencesOf } from '../bindplane/references.ts';
import { renderConfiguration } from '../bindplane/render.ts';
import type { RenderContext } from '../bindplane/render.ts';
import type { Resource, ResourceKey } from '../bindplane/resource.ts';
import { overrideTypes, readTypes } from '../bindplane/types.ts';
import type { TypeCatalogue, TypeDocument } from '../bindplane/types.ts';
import type { EffectiveConfig } from '../collector/effective-config.ts';
import type { Finding } from '../document/finding.ts';
import { compareResourceKeys } from './graph.ts';
import { LazyMap } from './lazy-map.ts';

/** One Configuration, rendered. `findings` are what rendering had to say (unknown types, parameters, templates). */
export interface RenderedConfiguration {
  readonly key: ResourceKey;
  readonly resource: Resource;
  /** As a server shows it: secrets masked. */
  readonly config: EffectiveConfig;
  /** As agents get it, secrets in clear: to compare and to look for variables in, never to show. */
  readonly delivered: EffectiveConfig;
  readonly findings: readonly Finding[];
}

/** The part of a repository that rendering needs. */
export interface Renderable {
  readonly resources: ReadonlyMap<ResourceKey, Resource>;
  readonly typeDocuments: readonly TypeDocument[];
}

export interface RepositoryTypes {
  readonly types: TypeCatalogue;
  readonly findings: readonly Finding[];
}

/** The catalogue with the repository's own types in front of those given. */
export function typesOf(repository: Renderable, types: TypeCatalogue): RepositoryTypes {
  if (repository.typeDocuments.length === 0) return { types, findings: [] };
  const own = readTypes(repository.typeDocuments);
  return { types: overrideTypes(types, own.types), findings: own.findings };
}

/** The Configurations of a revision, by key in the order of names, each rendered when somebody first asks for it. */
export interface EffectiveConfigs extends ReadonlyMap<ResourceKey, RenderedConfiguration> {
  /** Those that are made from the very same resources and types as in the revision that this one was read beside. */
  readonly shared: ReadonlySet<ResourceKey>;
  /** Those that somebody has asked for. */
  made(): Iterable<RenderedConfiguration>;
}

/** Renders of another revision, with what they were made from. */
export interface Rendered {
  readonly repository: Renderable;
  readonly types: TypeCatalogue;
  readonly effective: EffectiveConfigs;
}

/**
 * Every Configuration of a repository, rendered once.
 * @param types the catalogue to render with, the repository's own types already in it ({@link typesOf})
 * @param collectorVersion chooses the texts of types that have several
 * @param like another revision with the same collector version: a Configuration that is made from the very same resources and types is not rendered again
 */
export function effectiveConfigs(
  repository: Renderable,
  types: TypeCatalogue,
  collectorVersion?: string,
  like?: Rendered,
): EffectiveConfigs {
  const keys = [...repository.resources.keys()]
    .filter((key) => key.startsWith('Configuration/'))
    .sort(compareResourceKeys);
  const other = like?.types === types ? like : undefined;
  const shared = new Set(
    keys.filter((key) => other !== undefined && isMadeFromSame(key, repository, other.repository, new Set())),
  );
  const version = collectorVersion === undefined ? {} : { collectorVersion };
  const render = (key: ResourceKey): RenderedConfiguration => {
    const known = shared.has(key) ? other?.effective.get(key) : undefined;
    const resource = repository.resources.get(key);
    if (known !== undefined) return known;
    if (resource === undefined) throw new RangeError(`no resource ${key}`);
    return renderOne(resource, { resources: repository.resources, types, ...version });
  };
  return Object.assign(new LazyMap(keys, render), { shared });
}

/** Whether a resource and all that it refers to are the same values on both sides (files that did not change share theirs). */
function isMadeFromSame(
  key: ResourceKey,
  here: Renderable,
  there: Renderable,
  seen: Set<ResourceKey>,
): boolean {
  if (seen.has(key)) return true;
  seen.add(key);
  const resource = here.resources.get(key);
  if (resource !== there.resources.get(key)) return false;
  return (
    resource === undefined || referencesOf(resource).every(({ to }) => isMadeFromSame(to, here, there, seen))
  );
}

/** One Configuration rendered among the resources of `context`. */
export function renderOne(resource: Resource, context: RenderContext): RenderedConfiguration {
  const { config, findings } = renderConfiguration(resource, context);
  const delivered = config.text.includes(SENSITIVE)
    ? renderConfiguration(resource, { ...context, secrets: 'plain' }).config
    : config;
  return { key: resource.key, resource, config, delivered, findings };
}
