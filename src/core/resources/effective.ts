import { SENSITIVE } from '../bindplane/parameters.ts';
import { referencesOf } from '../bindplane/references.ts';
import { renderConfiguration } from '../bindplane/render.ts';
import type { RenderContext } from '../bindplane/render.ts';
import type { Resource, ResourceKey } from '../bindplane/resource.ts';
import { overrideTypes, readTypes } from '../bindplane/types.ts';
import type { TypeCatalogue, TypeDocument } from '../bindplane/types.ts';
import { compareText } from '../document/finding.ts';
import type { Finding } from '../document/finding.ts';
import { isConfiguration } from '../fleet/config-key.ts';
import type { CollectorKey, ConfigKey } from '../fleet/config-key.ts';
import { renderedCollector } from './collectors.ts';
import type { DeliveredCollector } from './collectors.ts';
import { compareResourceKeys } from './graph.ts';
import { LazyMap } from './lazy-map.ts';
import type { RenderedConfiguration } from './rendered.ts';

/** The part of a repository that rendering needs. */
export interface Renderable {
  readonly resources: ReadonlyMap<ResourceKey, Resource>;
  readonly typeDocuments: readonly TypeDocument[];
  readonly collectors: ReadonlyMap<CollectorKey, DeliveredCollector>;
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

/** Every config of a revision, by key in the order of names, Configurations first, each rendered when somebody first asks for it. */
export interface EffectiveConfigs extends ReadonlyMap<ConfigKey, RenderedConfiguration> {
  /** Those that are made from the very same resources and types as in the revision that this one was read beside. */
  readonly shared: ReadonlySet<ConfigKey>;
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
 * Every Configuration and collector of a repository, rendered once.
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
  const collectors = [...repository.collectors.keys()].sort(compareText);
  const shared = new Set<ConfigKey>([
    ...keys.filter(
      (key) => other !== undefined && isMadeFromSame(key, repository, other.repository, new Set()),
    ),
    ...collectors.filter((key) => repository.collectors.get(key) === like?.repository.collectors.get(key)),
  ]);
  const version = collectorVersion === undefined ? {} : { collectorVersion };
  const render = (key: ConfigKey): RenderedConfiguration => {
    const known = shared.has(key) ? like?.effective.get(key) : undefined;
    if (known !== undefined) return known;
    if (!isConfiguration(key)) {
      const collector = repository.collectors.get(key);
      if (collector === undefined) throw new RangeError(`no collector ${key}`);
      return renderedCollector(collector);
    }
    const resource = repository.resources.get(key);
    if (resource === undefined) throw new RangeError(`no resource ${key}`);
    return renderOne(resource, { resources: repository.resources, types, ...version });
  };
  return Object.assign(new LazyMap<ConfigKey, RenderedConfiguration>([...keys, ...collectors], render), {
    shared,
  });
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
  const { key, name, at } = resource;
  return { key, name, ...(at && { at }), resource, config, delivered, findings };
}
