import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sharedPath } from '../../support/shared.ts';
import { announceSkip, BUILT_IN_FOLDER, render, typesBelow, yamlMap } from './support.ts';

const recorded = sharedPath('golden', 'bindplane-render');
if (recorded === undefined) announceSkip('golden', 'bindplane-render');

describe.skipIf(recorded === undefined)('what a bindplane 1.35.0 server rendered', () => {
  const folder = recorded ?? '';
  const cases = recorded === undefined ? [] : readdirSync(folder).filter((name) => /^\d\d-/.test(name));
  const types = recorded === undefined ? undefined : typesBelow(join(folder, 'types'));

  it('has all fifteen cases', () => {
    expect(cases).toHaveLength(15);
  });

  it.each(cases)('%s: byte for byte, with the types exported from that server', (name) => {
    const text = readFileSync(join(folder, name, 'resources.yaml'), 'utf8');
    const expected = readFileSync(join(folder, name, 'expected.yaml'), 'utf8');
    if (types === undefined) throw new Error('no types');
    const { config, findings } = render({ 'resources.yaml': text }, { types, product: 'BindPlane OP' });
    expect(config.text).toBe(expected);
    expect(config.tree).toEqual(yamlMap(expected));
    expect(config.unrendered).toEqual([]);
    expect(findings).toEqual([]);
  });
});

describe('the same with the built-in types', () => {
  const folder = join(import.meta.dirname, 'golden');
  const cases = readdirSync(folder).filter((name) => /^\d\d-/.test(name));
  const types = typesBelow(BUILT_IN_FOLDER);

  it.each(cases)('%s: byte for byte', (name) => {
    const text = readFileSync(join(folder, name, 'resources.yaml'), 'utf8');
    const { config, findings } = render({ 'resources.yaml': text }, { types, product: 'BindPlane OP' });
    expect(config.unrendered).toEqual([]);
    expect(config.text).toBe(readFileSync(join(folder, name, 'expected.yaml'), 'utf8'));
    expect(findings).toEqual([]);
  });
});
