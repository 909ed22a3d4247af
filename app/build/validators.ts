import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';

const ROOT = join(import.meta.dirname, '..', '..');
const SCHEMAS = join(ROOT, 'schemas', 'resource');
const TARGET = join(ROOT, 'src', 'core', 'bindplane', 'gen');

/** Schemas of BindPlane resources, by the name of the function that checks them. */
const RESOURCE_SCHEMAS: Readonly<Record<string, string>> = {
  validateSource: 'source',
  validateDestination: 'destination',
  validateProcessor: 'processor',
  validateConnector: 'connector',
  validateExtension: 'extension',
  validateConfiguration: 'configuration',
  validateFleet: 'fleet',
  validateResourceType: 'resource-type',
};

const NOTE = '// Generated from schemas/resource by `npm run update`; do not edit.\n';

/**
 * Checking functions for `schemas/resource`, as code that needs no compiler at run time: the file and its types.
 * Rejects when a schema is broken.
 */
export async function resourceValidators(): Promise<{ readonly code: string; readonly types: string }> {
  const ajv = new Ajv2020({
    allErrors: true,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    verbose: true,
    inlineRefs: false,
    unicode: false,
    logger: false,
    code: { source: true, esm: true },
  });
  ajv.addSchema(await schema('common'));
  const ids: Record<string, string> = {};
  for (const [name, file] of Object.entries(RESOURCE_SCHEMAS)) {
    ajv.addSchema({ ...(await schema(file)), $id: `${file}.schema.json` });
    ids[name] = `${file}.schema.json`;
  }
  const code = standalone.default(ajv, ids);
  const declarations = Object.keys(RESOURCE_SCHEMAS).map((name) => `export declare const ${name}: Validate;`);
  return {
    code: `${NOTE}${code}\n`,
    types: `${NOTE}import type { SchemaError } from '../../document/schema.ts';\ninterface Validate {\n  (data: unknown): boolean;\n  errors?: readonly SchemaError[] | null;\n}\n${declarations.join('\n')}\n`,
  };
}

/** Writes the generated checking functions beside their user. */
export async function writeValidators(): Promise<void> {
  const { code, types } = await resourceValidators();
  await mkdir(TARGET, { recursive: true });
  await writeFile(join(TARGET, 'validators.mjs'), code);
  await writeFile(join(TARGET, 'validators.d.mts'), types);
}

async function schema(name: string): Promise<Record<string, unknown>> {
  const value: unknown = JSON.parse(await readFile(join(SCHEMAS, `${name}.schema.json`), 'utf8'));
  if (typeof value !== 'object' || value === null) {
    throw new Error(`schemas/resource/${name}.schema.json is no schema`);
  }
  return { ...value };
}
