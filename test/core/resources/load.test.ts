import { describe, expect, it } from 'vitest';
import { FORMATS } from '../../../src/core/resources/formats/index.ts';
import { loadRepository } from '../../../src/core/resources/load.ts';

const SOURCE = `apiVersion: bindplane.observiq.com/v1
kind: Source
metadata:
  name: in
spec:
  type: otlp
`;

function load(
  files: Readonly<Record<string, string>>,
  named: readonly string[] = [],
): ReturnType<typeof loadRepository> {
  const texts = Object.entries(files).map(([path, text]) => ({ path, text }));
  return loadRepository(texts, { named: new Set(named) });
}

describe('loadRepository', () => {
  it('reads resources of several documents, sorted by path', () => {
    const { resources, findings } = load({
      'b.yaml': SOURCE,
      'a.yaml': `${SOURCE.replace('name: in', 'name: other')}---\n${SOURCE.replace('kind: Source', 'kind: Destination')}`,
    });
    expect([...resources.keys()]).toEqual(['Source/other', 'Destination/in', 'Source/in']);
    expect(resources.get('Source/in')?.at).toMatchObject({ file: 'b.yaml', line: 4 });
    expect(findings).toEqual([]);
  });

  it('keeps every declaration of a key that has several', () => {
    const { resources, duplicates } = load({ 'a.yaml': SOURCE, 'b.yaml': SOURCE });
    expect(resources.get('Source/in')?.at?.file).toBe('a.yaml');
    expect(duplicates.get('Source/in')?.map(({ at }) => at?.file)).toEqual(['a.yaml', 'b.yaml']);
  });

  it('reads types as types and as resources', () => {
    const type =
      'apiVersion: bindplane.observiq.com/v1\nkind: SourceType\nmetadata:\n  name: mine\nspec:\n  version: 0.0.1\n  parameters: []\n';
    const { resources, typeDocuments } = load({ 'types/mine.yaml': type });
    expect([...resources.keys()]).toEqual(['SourceType/mine']);
    expect(typeDocuments.map(({ file }) => file)).toEqual(['types/mine.yaml']);
  });

  it('takes Kubernetes objects as manifests, those with kinds of the same name too', () => {
    const { resources, manifests, findings } = load({
      'knative.yaml':
        'apiVersion: serving.knative.dev/v1\nkind: Configuration\nmetadata:\n  name: web\nspec: {}\n',
    });
    expect(resources.size).toBe(0);
    expect(manifests.objects.map(({ key }) => key)).toEqual(['Configuration/default/web']);
    expect(findings).toEqual([]);
  });

  it('finds values of a collector chart', () => {
    const { helmValues } = load({
      'values.yaml': 'mode: daemonset\nconfig:\n  receivers: {}\n',
      'demo.yaml': 'opentelemetry-collector:\n  mode: deployment\n  presets: {}\n',
      'other.yaml': 'mode: fast\nconfig: {}\n',
    });
    expect(helmValues).toMatchObject([
      { file: 'demo.yaml', kind: 'parent' },
      { file: 'values.yaml', kind: 'collector' },
    ]);
  });

  it.each([
    ['empty.yaml', '', 'is empty'],
    ['list.yaml', '- a\n- b\n', 'is no YAML map'],
    ['workflow.yaml', 'on: push\njobs: {}\n', 'holds none of'],
    ['broken.yaml', 'a: [1\nb: }\n', 'is not valid YAML'],
  ])('counts %s as skipped, without a word about it', (path, text, reason) => {
    const { skipped, findings } = load({ [path]: text });
    expect(skipped).toMatchObject([{ path }]);
    expect(skipped[0]?.reason).toContain(reason);
    expect(findings).toEqual([]);
  });

  it('tells broken YAML where it was meant for us, or where a person named the file', () => {
    const broken = 'kind: Source\nspec: [\n';
    expect(load({ 'a.yaml': broken }).findings).toMatchObject([{ rule: 'CFG-001', at: { file: 'a.yaml' } }]);
    expect(load({ 'a.yaml': 'a: [1\n' }, ['a.yaml']).findings).toMatchObject([{ rule: 'CFG-001' }]);
  });

  it('reads the good documents of a file beside a broken one', () => {
    const { resources, findings } = load({ 'a.yaml': `${SOURCE}---\nkind: Destination\nspec: [\n` });
    expect([...resources.keys()]).toEqual(['Source/in']);
    expect(findings).toMatchObject([{ rule: 'CFG-001' }]);
  });

  it('says of a bindplane apiVersion with an unknown kind what is wrong', () => {
    const { findings, skipped } = load({ 'a.yaml': SOURCE.replace('kind: Source', 'kind: Sorce') });
    expect(findings).toMatchObject([{ rule: 'BPR-001', severity: 'error' }]);
    expect(findings[0]?.message).toContain('Source');
    expect(skipped).toEqual([]);
  });
});

it('every format has an id and a title of its own', () => {
  expect(new Set(FORMATS.map(({ id }) => id)).size).toBe(FORMATS.length);
  expect(new Set(FORMATS.map(({ title }) => title)).size).toBe(FORMATS.length);
});
