import { readFileSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { readCatalogue } from '../../src/core/collector/catalogue.ts';
import type { ComponentCatalogue } from '../../src/core/collector/catalogue.ts';
import type { JsonMap } from '../../src/core/document/node.ts';

const FOLDER = resolve(import.meta.dirname, '../../schemas/components');

/** The files of `schemas/components` by name without `.json`: what `readCatalogue` takes. */
export function catalogueFiles(): JsonMap {
  return Object.fromEntries(
    readdirSync(FOLDER)
      .filter((name) => name.endsWith('.json'))
      .map((name) => [
        basename(name, '.json'),
        JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as JsonMap,
      ]),
  );
}

/** The built-in catalogue. */
export function builtInCatalogue(): ComponentCatalogue {
  return readCatalogue(catalogueFiles());
}
