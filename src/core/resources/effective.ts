import { SENSITIVE } from '../bindplane/parameters.ts';
import { renderConfiguration } from '../bindplane/render.ts';
import type { RenderContext } from '../bindplane/render.ts';
import type { Resource, ResourceKey } from '../bindplane/resource.ts';
import { overrideTypes, readTypes } from '../bindplane/types.ts';
import type { TypeCatalogue, TypeDocument } from '../bindplane/types.ts';
import type { EffectiveConfig } from '../collector/effective-config.ts';
import type { Finding } from '../document/finding.ts';
import { compareResourceKeys } from './graph.ts';

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

/** The catalogue with the repository's own types in front of those given. */
export function typesOf(
  repository: Renderable,
  types: TypeCatalogue,
): { readonly types: TypeCatalogue; readonly findings: readonly Finding[] } {
  if (repository.typeDocuments.length === 0) return { types, findings: [] };
  const own = readTypes(repository.typeDocuments);
  return { types: overrideTypes(types, own.types), findings: own.findings };
}

/**
 * Every Configuration of a repository rendered once, by key, in the order of names.
 * @param types the catalogue to render with, the repository's own types already in it ({@link typesOf})
 */
export function effectiveConfigs(
  repository: Renderable,
  types: TypeCatalogue,
): ReadonlyMap<ResourceKey, RenderedConfiguration> {
  const keys = [...repository.resources.keys()]
    .filter((key) => key.startsWith('Configuration/'))
    .sort(compareResourceKeys);
  const rendered = new Map<ResourceKey, RenderedConfiguration>();
  for (const key of keys) {
    const resource = repository.resources.get(key);
    if (resource === undefined) continue;
    rendered.set(key, renderOne(resource, { resources: repository.resources, types }));
  }
  return rendered;
}

/** One Configuration rendered among the resources of `context`. */
export function renderOne(resource: Resource, context: RenderContext): RenderedConfiguration {
  const { config, findings } = renderConfiguration(resource, context);
  const delivered = config.text.includes(SENSITIVE)
    ? renderConfiguration(resource, { ...context, secrets: 'plain' }).config
    : config;
  return { key: resource.key, resource, config, delivered, findings };
}
