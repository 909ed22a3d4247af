import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { plain } from '../../../src/core/document/node.ts';
import { schemaFindings, validatable } from '../../../src/core/document/schema.ts';
import { parseYaml } from '../../../src/core/document/yaml.ts';

const SCHEMA = {
  type: 'object',
  required: ['kind', 'spec'],
  additionalProperties: false,
  properties: {
    kind: { enum: ['Source', 'Destination'] },
    name: { type: 'string', minLength: 1, maxLength: 5, pattern: '^[a-z]+$' },
    spec: {
      type: 'object',
      additionalProperties: false,
      properties: {
        sources: {
          type: 'array',
          items: {
            type: 'object',
            additionalProperties: false,
            anyOf: [{ required: ['name'] }, { required: ['type'] }],
            properties: {
              name: { type: 'string' },
              type: { type: 'string' },
              count: { type: ['integer', 'null'] },
            },
          },
        },
        raw: { type: 'string' },
      },
      if: { required: ['raw'] },
      // oxlint-disable-next-line unicorn/no-thenable -- JSON Schema calls it so
      then: { properties: { sources: { maxItems: 0 } } },
    },
  },
};

const validate = new Ajv2020({ allErrors: true, verbose: true, strictTypes: false }).compile(SCHEMA);

function told(text: string): string[] {
  const root = parseYaml('a.yaml', text).documents[0]?.root;
  if (root === undefined) throw new Error('no document');
  validate(validatable(plain(root)));
  return schemaFindings(validate.errors ?? [], root, 'BPR-001').map(({ rule, severity, at, message }) => {
    expect([rule, severity]).toEqual(['BPR-001', 'error']);
    return `${at?.line}:${at?.column}-${at?.endLine}:${at?.endColumn} ${message}`;
  });
}

describe('schemaFindings', () => {
  it.each([
    [
      'an unknown key, with the known one it resembles',
      'kind: Source\nspec:\n  souces: []\n',
      ['3:3-3:9 Unknown key `souces` in `spec`. Did you mean `sources`?'],
    ],
    [
      'an unknown key that resembles nothing',
      'kind: Source\nspec: {}\nselector: {}\n',
      ['3:1-3:9 Unknown key `selector` at the top level. Known here: kind, name, spec.'],
    ],
    [
      'a missing key, on the map that lacks it',
      'name: a\n',
      ['1:1-1:8 The document needs `kind`.', '1:1-1:8 The document needs `spec`.'],
    ],
    [
      'a value out of a list',
      'kind: Sorce\nspec: {}\n',
      ['1:7-1:12 `kind` cannot be `Sorce`. Did you mean `Source`? Allowed: Source, Destination.'],
    ],
    [
      'the wrong type',
      'kind: Source\nspec:\n  sources: x\n',
      ['3:12-3:13 `spec.sources` must be a list, not `x`.'],
    ],
    [
      'the wrong type of something long, on its key',
      'kind: Source\nspec:\n  - a\n  - b\n',
      ['2:1-2:5 `spec` must be a map, not a list.'],
    ],
    ['an empty value, on its key', 'kind: Source\nspec:\n', ['2:1-2:5 `spec` must be a map, not empty.']],
    [
      'alternatives as one',
      'kind: Source\nspec:\n  sources:\n    - count: 1\n',
      ['4:7-4:15 `spec.sources[0]` needs `name` or `type`.'],
    ],
    [
      'a type that may be absent',
      'kind: Source\nspec:\n  sources:\n    - {name: a, count: x}\n',
      ['4:24-4:25 `spec.sources[0].count` must be a whole number, not `x`.'],
    ],
    [
      'what a condition forbids, without the condition',
      'kind: Source\nspec:\n  raw: x\n  sources:\n    - name: a\n',
      ['4:3-4:10 `spec.sources` must be empty here.'],
    ],
    [
      'text that is too long and of the wrong form',
      'kind: Source\nname: ABCDEF\nspec: {}\n',
      [
        '2:7-2:13 `name` `ABCDEF` does not have the form ^[a-z]+$.',
        '2:7-2:13 `name` is longer than 5 characters.',
      ],
    ],
    ['nothing', 'kind: Source\nspec: {}\n', []],
  ])('tells %s', (_name, text, expected) => {
    expect(told(text).sort()).toEqual(expected);
  });

  it('lists the first fifty and counts the rest', () => {
    const keys = Array.from({ length: 80 }, (_, index) => `zzzz${index}: 1\n`).join('');
    const findings = told(`kind: Source\nspec: {}\n${keys}`);
    expect(findings).toHaveLength(51);
    expect(findings.at(-1)).toMatch(/30 more findings in this document are not listed/);
  });

  it('finds keys that a JSON pointer escapes', () => {
    const escaped = {
      keyword: 'type',
      instancePath: '/a~1b~0c/0',
      schemaPath: '',
      params: { type: 'string' },
    };
    const root = parseYaml('a.yaml', 'a/b~c:\n  - 1\n').documents[0]?.root;
    expect(root && schemaFindings([escaped], root, 'X-1')[0]?.at).toMatchObject({ line: 2, column: 5 });
  });
});
