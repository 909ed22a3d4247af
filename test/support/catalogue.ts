import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { readCatalogue } from '../../src/core/collector/catalogue.ts';
import type { ComponentCatalogue } from '../../src/core/collector/catalogue.ts';
import type { JsonMap } from '../../src/core/document/node.ts';

const FOLDER = resolve(import.meta.dirname, '../../schemas/components');

/** The files of `schemas/components` by name without `.json`: what `readCatalogue` takes. */
export function catalogueFiles(): JsonMap {
  return Object.fromEntries(
    readdirSync(FOLDER, { withFileTypes: true, recursive: true })
      .filter((item) => item.isFile() && item.name.endsWith('.json'))
      .map((item) => {
        const path = join(item.parentPath, item.name);
        const name = relative(FOLDER, path).slice(0, -'.json'.length).split(sep).join('/');
        return [name, JSON.parse(readFileSync(path, 'utf8')) as JsonMap];
      }),
  );
}

let catalogue: ComponentCatalogue | undefined;

/** The built-in catalogue, read once. */
export function builtInCatalogue(): ComponentCatalogue {
  catalogue ??= readCatalogue(catalogueFiles());
  return catalogue;
}
