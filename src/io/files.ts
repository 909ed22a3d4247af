import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import {
  lazyTypes,
  overrideTypes,
  readTypes,
  type TypeCatalogue,
  type TypeDocument,
} from '../core/bindplane/types.ts';
import { readCatalogue, type ComponentCatalogue } from '../core/collector/catalogue.ts';
import { isMap, plain, type JsonMap } from '../core/document/node.ts';
import { decodeText } from '../core/document/text.ts';
import { parseYaml } from '../core/document/yaml.ts';
import type { Finding } from '../core/document/finding.ts';
import { OperationError } from '../ports/operation-error.ts';
import { diskFiles } from './disk.ts';
import { embeddedData } from './embedded.ts';

const SCHEMAS = join(import.meta.dirname, '..', '..', 'schemas');

/** Types that came with a server carry what only a server writes. */
function isExported(value: JsonMap): boolean {
  const metadata = value['metadata'];
  return isMap(metadata) && typeof metadata['hash'] === 'string' && metadata['hash'] !== '';
}

interface ReadTypes {
  readonly documents: readonly { readonly file: string; readonly value: JsonMap }[];
  readonly findings: readonly Finding[];
}

/** Every `*Type` document below a folder. */
async function typeDocuments(folder: string): Promise<ReadTypes> {
  const documents: { file: string; value: JsonMap }[] = [];
  const findings: Finding[] = [];
  for (const file of await diskFiles(folder, [])) {
    if (file.bytes === undefined) {
      const at = { file: file.path, line: 1, column: 1, endLine: 1, endColumn: 1 };
      const message = `This cannot be read as a type (${file.reason ?? file.problem ?? 'no text'})`;
      findings.push({ rule: 'CFG-001', severity: 'error', message, at });
      continue;
    }
    const decoded = decodeText(file.path, file.bytes);
    const read = parseYaml(file.path, decoded.text ?? '');
    findings.push(...decoded.findings, ...read.findings);
    for (const { root } of read.documents) {
      const value = plain(root);
      const kind = isMap(value) ? value['kind'] : undefined;
      if (isMap(value) && typeof kind === 'string' && kind.endsWith('Type')) {
        documents.push({ file: file.path, value });
      }
    }
  }
  return { documents, findings };
}

interface TypeFile {
  readonly file: string;
  readonly value: JsonMap;
}

/** The data of `schemas/`. */
export interface Schemas {
  readonly types: readonly TypeFile[];
  readonly components: ComponentTexts;
}

/** JSON, by file below `schemas/components` without `.json`: `metrics`, `receivers/kubelet_stats`. */
type ComponentTexts = Readonly<Record<string, string>>;

/** Reads the data of `schemas/` from its files. */
export async function readSchemas(): Promise<Schemas> {
  const { documents } = await typeDocuments(join(SCHEMAS, 'resource-types'));
  return { types: documents, components: await componentTexts() };
}

async function componentTexts(): Promise<ComponentTexts> {
  const folder = join(SCHEMAS, 'components');
  const files = (await readdir(folder, { withFileTypes: true, recursive: true }))
    .filter((item) => item.isFile() && item.name.endsWith('.json'))
    .map((item) => relative(folder, join(item.parentPath, item.name)))
    .sort();
  const texts = await Promise.all(
    files.map(async (file): Promise<[string, string]> => [
      file.slice(0, -'.json'.length).split(sep).join('/'),
      await readFile(join(folder, file), 'utf8'),
    ]),
  );
  return Object.fromEntries(texts);
}

/** A map whose values are parsed when they are first read: most files of components are never asked for. */
function lazilyParsed(texts: ComponentTexts): JsonMap {
  const values: Record<string, JsonMap> = {};
  for (const name of Object.keys(texts)) {
    let value: JsonMap | undefined;
    Object.defineProperty(values, name, {
      enumerable: true,
      get: () => (value ??= parsed(texts[name] ?? '{}')),
    });
  }
  return values;
}

let schemas: Promise<Schemas> | undefined;

function ownSchemas(): Promise<Schemas> {
  schemas ??= readSchemas();
  return schemas;
}

function parsed(text: string): JsonMap {
  const value: unknown = JSON.parse(text);
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- our own JSON
  return value as JsonMap;
}

/** Documents of the resource types that come with Collie. */
export async function ownTypeDocuments(): Promise<readonly TypeFile[]> {
  const embedded = embeddedData();
  return embedded === undefined
    ? (await ownSchemas()).types
    : embedded.types.map(({ file, text }) => ({ file, value: parsed(text) }));
}

async function ownTypes(): Promise<TypeCatalogue> {
  const embedded = embeddedData();
  if (embedded === undefined) {
    const { types } = await ownSchemas();
    return readTypes(types.map((type): TypeDocument => ({ ...type, verified: true }))).types;
  }
  return lazyTypes(
    embedded.types.map((type) => ({
      kind: type.kind,
      name: type.name,
      document: () => ({ file: type.file, value: parsed(type.text), verified: true }),
    })),
  );
}

/**
 * The resource types that come with Collie, with those below each of `folders` put over them (`--types DIR`). Rejects with
 * OperationError when a folder cannot be read or holds a broken type.
 */
export async function loadTypes(folders: readonly string[] = []): Promise<TypeCatalogue> {
  let types = await ownTypes();
  for (const folder of folders) {
    const read = await typeDocuments(folder).catch((cause: unknown) => {
      throw new OperationError({
        code: 'types-unreadable',
        message: `There are no types to load: ${cause instanceof Error ? cause.message : String(cause)}`,
        hint: 'Give --types a folder with *Type documents, as `collie types pull` writes them',
      });
    });
    const over = readTypes(read.documents.map((found) => ({ ...found, verified: isExported(found.value) })));
    const [broken] = [...read.findings, ...over.findings].filter(({ severity }) => severity === 'error');
    if (broken !== undefined) {
      const place = broken.at === undefined ? '' : `${broken.at.file}:${broken.at.line}: `;
      throw new OperationError({
        code: 'types-broken',
        message: `${folder}: ${place}${broken.message}`,
        hint: '',
      });
    }
    types = overrideTypes(types, over.types);
  }
  return types;
}

/** What each collector version has (DESIGN §2: `schemas/components`). */
export async function loadCatalogue(): Promise<ComponentCatalogue> {
  const embedded = embeddedData();
  return readCatalogue(lazilyParsed(embedded?.components ?? (await componentTexts())));
}
