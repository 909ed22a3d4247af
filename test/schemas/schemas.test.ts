import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { textAt } from '../../src/core/document/node.ts';
import { parseYaml } from '../../src/core/document/yaml.ts';
import { readResource } from '../../src/core/bindplane/read.ts';
import { sharedPath } from '../support/shared.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'schemas');
const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.schema.json'),
);

const ajv = new Ajv2020({
  allErrors: true,
  verbose: true,
  strict: true,
  strictTypes: false,
  strictRequired: false,
});
for (const file of files) {
  const schema = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as AnySchema & { $id?: string };
  ajv.addSchema(schema, file);
}

describe('schemas', () => {
  it.each(files)('%s is a strict schema', (file) => {
    expect(typeof ajv.getSchema(file)).toBe('function');
  });
});

/** Files of real repositories and exports that describe BindPlane resources. */
const data = sharedPath('data');
/** Made wrong on purpose, or wrong as published: each key at its line. */
const KNOWN_WRONG: Readonly<Record<string, readonly string[]>> = {
  'astroshop-bindplane-labs/bindplane/fleets.yaml': ['12:1 selector', '27:1 selector', '42:1 selector'],
  'seeds-manifests/bindplane-primer/fleet-gateway.selector-at-top.broken.yaml': ['12:1 selector'],
  'seeds-manifests/bindplane-primer/node-config.spec-platform.constructed.broken.yaml': ['6:3 platform'],
};

describe.skipIf(data === undefined)('real resources', () => {
  it('have no findings but the known ones', () => {
    const wrong: Record<string, string[]> = {};
    for (const file of readdirSync(data ?? '', { recursive: true, encoding: 'utf8' })) {
      if (!/\.ya?ml$/.test(file)) continue;
      for (const { root } of parseYaml(file, readFileSync(join(data ?? '', file), 'utf8')).documents) {
        if (root.kind !== 'map' || textAt(root, 'apiVersion')?.startsWith('bindplane.') !== true) continue;
        for (const { at, message } of readResource(root).findings) {
          (wrong[file] ??= []).push(`${at?.line}:${at?.column} ${/`(.+?)`/.exec(message)?.[1]}`);
        }
      }
    }
    expect(wrong).toEqual(KNOWN_WRONG);
  });

  it('are YAML unless their name says broken', () => {
    for (const file of readdirSync(data ?? '', { recursive: true, encoding: 'utf8' })) {
      if (!/\.ya?ml$/.test(file)) continue;
      const { findings } = parseYaml(file, readFileSync(join(data ?? '', file), 'utf8'));
      expect({ file, ok: findings.length === 0 || file.includes('.broken.') }).toEqual({ file, ok: true });
    }
  });
});
