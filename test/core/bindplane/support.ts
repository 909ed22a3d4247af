import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readResource } from '../../../src/core/bindplane/read.ts';
import { renderConfiguration, type RenderContext } from '../../../src/core/bindplane/render.ts';
import type { Resource, ResourceKey } from '../../../src/core/bindplane/resource.ts';
import { readTypes, type TypeCatalogue, type TypeDocument } from '../../../src/core/bindplane/types.ts';
import { isMap, plain, type JsonMap } from '../../../src/core/document/node.ts';
import { parseYaml } from '../../../src/core/document/yaml.ts';
import { skipReason } from '../../support/shared.ts';

/** The types that come with Collie. */
export const BUILT_IN_FOLDER: string = join(
  import.meta.dirname,
  '..',
  '..',
  '..',
  'schemas',
  'resource-types',
);

/** Every type below a folder; throws when one cannot be read. */
export function typesBelow(folder: string): TypeCatalogue {
  const documents: TypeDocument[] = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.yaml'))
    .sort()
    .map((path) => ({
      file: path,
      value: yamlMap(readFileSync(join(folder, path), 'utf8'), path),
      verified: true,
    }));
  const { types, findings } = readTypes(documents);
  if (findings.length > 0) throw new Error(JSON.stringify(findings));
  return types;
}

/** The one document of a YAML text, as plain data. */
export function yamlMap(text: string, file = 'test.yaml'): JsonMap {
  const { documents, findings } = parseYaml(file, text);
  if (findings.length > 0) throw new Error(JSON.stringify(findings));
  const value = plain(documents[0]?.root);
  return isMap(value) ? value : {};
}

/** The resources of files, by key; files as `{name: text}`. */
function resourcesOf(files: Readonly<Record<string, string>>): Map<ResourceKey, Resource> {
  const resources = new Map<ResourceKey, Resource>();
  for (const [file, text] of Object.entries(files)) {
    for (const { root } of parseYaml(file, text).documents) {
      if (root.kind !== 'map') continue;
      const { resource } = readResource(root);
      if (resource !== undefined) resources.set(resource.key, resource);
    }
  }
  return resources;
}

/** Renders the Configuration `name` (the only one when absent) of some files. */
export function render(
  files: Readonly<Record<string, string>>,
  context: Omit<RenderContext, 'resources'>,
  name?: string,
): ReturnType<typeof renderConfiguration> {
  const resources = resourcesOf(files);
  const configuration = [...resources.values()].find(
    (resource) => resource.kind === 'Configuration' && (name === undefined || resource.name === name),
  );
  if (configuration === undefined) throw new Error('no Configuration in the files');
  return renderConfiguration(configuration, { ...context, resources });
}

/** How many runs a law gets: few by default, a hundred times as many in the long run. */
export function runs(few: number): { numRuns: number } {
  return { numRuns: process.env['COLLIE_LAWS'] === 'full' ? few * 100 : few };
}

/** Says that tests are skipped, and for want of what. */
export function announceSkip(...parts: string[]): void {
  // oxlint-disable-next-line no-console -- a skip is told
  console.warn(skipReason(...parts));
}
