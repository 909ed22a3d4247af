import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resourceValidators } from '../../../app/build/validators.ts';
import { manifestOf, readResource, resourceFromJson } from '../../../src/core/bindplane/read.ts';
import { referencesOf } from '../../../src/core/bindplane/references.ts';
import { splitVersion } from '../../../src/core/bindplane/names.ts';
import { placeText } from '../../../src/core/document/finding.ts';
import { isMap } from '../../../src/core/document/node.ts';
import { parseYaml } from '../../../src/core/document/yaml.ts';
import { yamlMap } from './support.ts';

function read(text: string): ReturnType<typeof readResource> {
  const root = parseYaml('r.yaml', text).documents[0]?.root;
  if (root?.kind !== 'map') throw new Error('no map');
  return readResource(root);
}

/** `line:column message` of each finding. */
function told(text: string): readonly string[] {
  return read(text).findings.map(({ rule, message, at }) => `${rule} ${at?.line}:${at?.column} ${message}`);
}

const HEAD = 'apiVersion: bindplane.observiq.com/v1\n';

describe('reading a resource', () => {
  it('takes name, labels, spec and place', () => {
    const { resource, findings } = read(
      `${HEAD}kind: Source\nmetadata:\n  name: edge\n  labels: {team: obs}\nspec: {type: otlp, parameters: []}\n`,
    );
    expect(findings).toEqual([]);
    expect(resource).toMatchObject({
      key: 'Source/edge',
      kind: 'Source',
      name: 'edge',
      labels: { team: 'obs' },
      spec: { type: 'otlp', parameters: [] },
    });
    expect(resource?.at && placeText(resource.at)).toBe('r.yaml:4:9');
  });

  it.each([
    [
      'an unknown kind',
      `${HEAD}kind: Sorce\nmetadata: {name: a}\n`,
      ['BPR-001 2:7 Unknown kind `Sorce`. Did you mean `Source`?'],
    ],
    ['no kind', `${HEAD}metadata: {name: a}\n`, ['BPR-001 1:1 The document names no `kind`.']],
    [
      'an unknown key in spec',
      `${HEAD}kind: Configuration\nmetadata: {name: a}\nspec:\n  souces: []\n`,
      ['BPR-001 5:3 Unknown key `souces` in `spec`. Did you mean `sources`?'],
    ],
    [
      'a parameter as a map',
      `${HEAD}kind: Source\nmetadata: {name: a}\nspec:\n  type: otlp\n  parameters:\n    grpc_port: 1\n`,
      ['BPR-001 6:3 `spec.parameters` must be a list, not a map.'],
    ],
    [
      'raw beside sources',
      `${HEAD}kind: Configuration\nmetadata: {name: a}\nspec:\n  raw: 'a: 1'\n  sources: [{name: x}]\n`,
      ['BPR-001 6:3 `spec.sources` must be empty here.'],
    ],
    [
      'an item without name and type',
      `${HEAD}kind: Configuration\nmetadata: {name: a}\nspec:\n  sources:\n    - disabled: true\n`,
      ['BPR-001 6:7 `spec.sources[0]` needs `name`, `type` or `processors`.'],
    ],
    [
      'a name with a colon',
      `${HEAD}kind: Fleet\nmetadata: {name: 'a:1'}\nspec: {configuration: b}\n`,
      [
        'BPR-001 3:18 `metadata.name` `a:1` does not have the form ^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$.',
      ],
    ],
    ['no name', `${HEAD}kind: Fleet\nmetadata: {}\nspec: {}\n`, ['BPR-001 3:1 `metadata` needs `name`.']],
  ])('says what is wrong and where: %s', (_name, text, expected) => {
    expect(told(text)).toEqual(expected);
  });

  it('tells of a selector beside spec, where BindPlane drops it', () => {
    const text = `${HEAD}kind: Fleet\nmetadata: {name: f}\nspec: {configuration: c}\nselector:\n  matchLabels: {fleet: f}\n`;
    expect(told(text)).toEqual([
      'BPR-001 5:1 Unknown key `selector` at the top level. Known here: apiVersion, kind, metadata, spec, status.',
    ]);
    expect(read(text).resource?.key).toBe('Fleet/f');
  });

  it('has one digest for one content, whatever the server added', () => {
    const text = `${HEAD}kind: Source\nmetadata: {name: edge}\nspec: {type: otlp}\n`;
    const fromServer = resourceFromJson({
      apiVersion: 'bindplane.observiq.com/v1',
      kind: 'Source',
      metadata: {
        id: '01H',
        name: 'edge',
        labels: {},
        hash: 'x',
        version: 3,
        dateModified: '2026-01-01T00:00:00Z',
      },
      spec: { type: 'otlp' },
      status: { latest: true },
    });
    expect(fromServer?.digest).toBe(read(text).resource?.digest);
    expect(read(text.replace('otlp', 'host')).resource?.digest).not.toBe(fromServer?.digest);
  });

  it.each([
    [{ kind: 'Nothing', metadata: { name: 'a' } }],
    [{ kind: 'Source', metadata: {} }],
    [{ kind: 'Source' }],
  ])('gives nothing for an answer that is no resource: %j', (value) => {
    expect(resourceFromJson(value)).toBeUndefined();
  });
});

describe('what a resource refers to', () => {
  const references = (text: string): readonly string[] => {
    const { resource } = read(text);
    return resource === undefined
      ? []
      : referencesOf(resource).map(
          ({ to, version, at }) =>
            `${to}${version === undefined ? '' : ` v${version}`} ${at?.line}:${at?.column}`,
        );
  };

  it('is every library item of a Configuration at its name, pins split off, and types of inline ones', () => {
    expect(
      references(`${HEAD}kind: Configuration
metadata: {name: c}
spec:
  sources:
    - name: in:3
      processors:
        - name: tidy
    - type: host
  destinations:
    - name: out:latest
      processors: [{type: 'batch:2'}]
  processors:
    - id: group
      processors: [{name: pg}]
`),
    ).toEqual([
      'Source/in v3 6:13',
      'Processor/tidy 8:17',
      'SourceType/host 9:13',
      'Destination/out 11:13',
      'ProcessorType/batch v2 12:27',
      'Processor/pg 15:27',
    ]);
  });

  it('is the configuration of a Fleet and the type of a library item', () => {
    expect(references(`${HEAD}kind: Fleet\nmetadata: {name: f}\nspec: {configuration: c}\n`)).toEqual([
      'Configuration/c 4:23',
    ]);
    expect(references(`${HEAD}kind: Fleet\nmetadata: {name: f}\nspec: {configuration: ''}\n`)).toEqual([]);
    expect(references(`${HEAD}kind: Source\nmetadata: {name: s}\nspec: {type: 'otlp:4'}\n`)).toEqual([
      'SourceType/otlp v4 4:14',
    ]);
  });

  it.each([
    ['name', { name: 'name' }],
    ['name:12', { name: 'name', version: 12 }],
    ['name:0', { name: 'name' }],
    ['name:latest', { name: 'name' }],
    ['name:', { name: 'name' }],
    [':3', { name: '', version: 3 }],
  ])('splits %s', (text, expected) => {
    expect(splitVersion(text)).toEqual(expected);
  });
});

describe('what apply sends', () => {
  it('leaves out what only a server writes', () => {
    const resource = resourceFromJson({
      apiVersion: 'bindplane.observiq.com/v1',
      kind: 'Source',
      metadata: {
        id: '01H',
        name: 'edge',
        displayName: 'Edge',
        labels: { a: 'b' },
        hash: 'x',
        version: 3,
        dateModified: 'now',
      },
      spec: { type: 'otlp' },
      status: { latest: true },
    });
    expect(resource && manifestOf(resource)).toEqual({
      apiVersion: 'bindplane.observiq.com/v1',
      kind: 'Source',
      metadata: { name: 'edge', displayName: 'Edge', labels: { a: 'b' } },
      spec: { type: 'otlp' },
    });
  });

  it('gives each item of a Configuration an id that is the same every time, and keeps those it has', () => {
    const value = yamlMap(`${HEAD}kind: Configuration
metadata: {name: c}
spec:
  sources: [{name: in}, {name: in}, {id: MINE, type: host, processors: [{type: batch}]}]
  destinations: [{name: out}]
`);
    const ids = (): readonly string[] => {
      const resource = resourceFromJson(value);
      const found = JSON.stringify(resource && manifestOf(resource)).matchAll(/"id":"(\w+)"/g);
      return [...found].map(([, id]) => id ?? '');
    };
    expect(ids()).toHaveLength(5);
    expect(new Set(ids()).size).toBe(5);
    expect(ids()).toContain('MINE');
    expect(ids()).toEqual(ids());
    expect(
      ids()
        .filter((id) => id !== 'MINE')
        .every((id) => /^0[0-9A-HJKMNP-TV-Z]{25}$/.test(id)),
    ).toBe(true);
  });

  it('is read back as the same resource', () => {
    const { resource } = read(
      `${HEAD}kind: Fleet\nmetadata: {name: f, description: d}\nspec: {configuration: c}\n`,
    );
    const again = resource && resourceFromJson(manifestOf(resource));
    expect(again?.digest).toBe(resource?.digest);
    expect(isMap(again?.spec)).toBe(true);
  });
});

describe('the generated checking functions', () => {
  it('are those of the schemas as they stand', async () => {
    const folder = join(import.meta.dirname, '..', '..', '..', 'src', 'core', 'bindplane', 'gen');
    const { code, types } = await resourceValidators();
    expect(readFileSync(join(folder, 'validators.mjs'), 'utf8') === code).toBe(true);
    expect(readFileSync(join(folder, 'validators.d.mts'), 'utf8') === types).toBe(true);
  });
});
