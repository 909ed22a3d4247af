import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { readTypes, type TypeCatalogue } from '../../src/core/bindplane/types.ts';
import { isMap, plain } from '../../src/core/document/node.ts';
import { parseYaml } from '../../src/core/document/yaml.ts';
import { loadRepository, type RepositoryText } from '../../src/core/resources/load.ts';
import { viewOf, type LoadedView, type ViewContext } from '../../src/core/resources/view.ts';

const TYPES = resolve(import.meta.dirname, '../../schemas/resource-types');

/** Every YAML file and shell script below a folder, with paths relative to it. */
export function textsBelow(folder: string): readonly RepositoryText[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((item) => item.isFile() && /\.(?:ya?ml|sh)$/.test(item.name))
    .map((item) => join(item.parentPath, item.name))
    .map((path) => ({
      path: relative(folder, path).split(sep).join('/'),
      text: readFileSync(path, 'utf8'),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

let types: TypeCatalogue | undefined;

/** The resource types that come with Collie. */
export function builtInTypes(): TypeCatalogue {
  types ??= readTypes(
    textsBelow(TYPES).flatMap(({ path, text }) =>
      parseYaml(path, text).documents.flatMap(({ root }) => {
        const value = plain(root);
        return isMap(value) ? [{ file: path, value, verified: true }] : [];
      }),
    ),
  ).types;
  return types;
}

/** A small repository from its files: `{ 'sources.yaml': '…' }`. */
export function repositoryView(
  files: Readonly<Record<string, string>>,
  context: Partial<ViewContext> = {},
): LoadedView {
  const texts = Object.entries(files).map(([path, text]) => ({ path, text }));
  return viewOf(loadRepository(texts), { types: builtInTypes(), ...context });
}

/** The repository in a folder; with `like`, what did not change is taken from there. */
export function folderView(
  folder: string,
  context: Partial<ViewContext> = {},
  like?: LoadedView,
): LoadedView {
  const options = like === undefined ? {} : { like: like.repository };
  return viewOf(loadRepository(textsBelow(folder), options), { types: builtInTypes(), ...context }, like);
}
