import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';

const ROOT = join(import.meta.dirname, '..', '..');
const RESOURCES = join(ROOT, 'schemas', 'resource');
const CORE = join(ROOT, 'src', 'core');

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

/** A file of checking functions, which needs no compiler at run time, and its types. */
export interface Validators {
  readonly code: string;
  readonly types: string;
}

/** Checking functions for `schemas/resource`. Rejects when a schema is broken. */
export async function resourceValidators(): Promise<Validators> {
  const ajv = compiler();
  ajv.addSchema(await schema(RESOURCES, 'common'));
  const ids: Record<string, string> = {};
  for (const [name, file] of Object.entries(RESOURCE_SCHEMAS)) {
    ajv.addSchema({ ...(await schema(RESOURCES, file)), $id: `${file}.schema.json` });
    ids[name] = `${file}.schema.json`;
  }
  return written('schemas/resource', ajv, ids);
}

/** The checking function for `schemas/rollout-policy.schema.json`. Rejects when the schema is broken. */
export async function policyValidator(): Promise<Validators> {
  const ajv = compiler();
  ajv.addSchema(await schema(join(ROOT, 'schemas'), 'rollout-policy'));
  const name = 'rollout-policy.schema.json';
  return written(`schemas/${name}`, ajv, { validateRolloutPolicy: name });
}

/** Writes the generated checking functions beside their users. */
export async function writeValidators(): Promise<void> {
  await writeBeside(join(CORE, 'bindplane', 'gen'), 'validators', await resourceValidators());
  await writeBeside(join(CORE, 'rollout', 'gen'), 'policy-validator', await policyValidator());
}

async function writeBeside(folder: string, name: string, { code, types }: Validators): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.mjs`), code);
  await writeFile(join(folder, `${name}.d.mts`), types);
}

function compiler(): Ajv2020 {
  return new Ajv2020({
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
}

function written(source: string, ajv: Ajv2020, ids: Readonly<Record<string, string>>): Validators {
  const note = `// Generated from ${source} by \`npm run update\`; do not edit.\n`;
  const declarations = Object.keys(ids).map((name) => `export declare const ${name}: Validate;`);
  return {
    code: `${note}${standalone.default(ajv, ids)}\n`,
    types: `${note}import type { SchemaError } from '../../document/schema.ts';\ninterface Validate {\n  (data: unknown): boolean;\n  errors?: readonly SchemaError[] | null;\n}\n${declarations.join('\n')}\n`,
  };
}

async function schema(folder: string, name: string): Promise<Record<string, unknown>> {
  const value: unknown = JSON.parse(await readFile(join(folder, `${name}.schema.json`), 'utf8'));
  if (typeof value !== 'object' || value === null) throw new Error(`${name}.schema.json is no schema`);
  return { ...value };
}
