import { describe, expect, it } from 'vitest';
import { readTypes } from '../../../src/core/bindplane/types.ts';
import type { JsonMap } from '../../../src/core/document/node.ts';
import { render, yamlMap } from './support.ts';

/** Small types of its own, so that these cases say nothing but how items are joined. */
const TYPES = [
  `kind: SourceType
metadata: {name: tick}
spec:
  parameters:
    - {name: every, type: int, default: 60}
    - {name: level, type: string, default: "", advancedConfig: true}
    - {name: hidden_one, type: bool, default: false, hidden: true, relevantIf: [{name: every, operator: equals, value: 1}]}
  logs:
    receivers: |
      - tick:
          every: {{ .every }}s
          {{ if .level }}level: {{ .level }}{{ end }}
          {{ if .hidden_one }}hidden: true{{ end }}
    processors: |
      - tidy:
    extensions: |
      - store:
  metrics: {receivers: "- tick/metrics:"}
`,
  `kind: DestinationType
metadata: {name: sink}
spec:
  parameters: [{name: to, type: string}]
  logs: {processors: "- pack:", exporters: "- sink: {to: {{ .to }}}", extensions: "- queue:"}
`,
  `kind: DestinationType
metadata: {name: both}
spec: {parameters: [], logs+metrics: {exporters: "- both:"}}
`,
  `kind: ProcessorType
metadata: {name: mark}
spec:
  parameters: [{name: as, type: string, default: x}]
  logs+metrics: {processors: "- mark: {as: {{ .as }}}"}
`,
];
const { types } = readTypes(
  TYPES.map((text) => ({ file: 'types.yaml', value: yamlMap(text), verified: true })),
);

const LIBRARY = `kind: Source
metadata: {name: in}
spec: {type: tick}
---
kind: Destination
metadata: {name: a-out}
spec: {type: sink, parameters: [{name: to, value: a}]}
---
kind: Source
metadata: {name: lib-in}
spec: {type: tick, processors: [{type: mark}], parameters: [{name: every, value: 5}]}
---
kind: Source
metadata: {name: paused-in}
spec: {type: tick, disabled: true}
---
kind: Destination
metadata: {name: lib-out}
spec: {type: sink, processors: [{type: mark}], parameters: [{name: to, value: there}]}
---
kind: Destination
metadata: {name: paused-out}
spec: {type: sink, disabled: true}
---
kind: Processor
metadata: {name: lib-mark}
spec: {type: mark, parameters: [{name: as, value: lib}]}
---
kind: Processor
metadata: {name: paused-mark}
spec: {type: mark, disabled: true}
`;

function shop(spec: string): ReturnType<typeof render>['config'] {
  const configuration = `kind: Configuration\nmetadata: {name: shop}\nspec: ${spec}\n`;
  return render({ 'library.yaml': LIBRARY, 'c.yaml': configuration }, { types }).config;
}

interface Shape {
  readonly receivers?: JsonMap;
  readonly processors?: JsonMap;
  readonly exporters?: JsonMap;
  readonly extensions?: JsonMap;
  readonly service?: {
    readonly extensions?: readonly string[];
    readonly pipelines: Readonly<Record<string, { readonly processors: readonly string[] }>>;
  };
}

function shape(spec: string): Shape {
  const { tree, unrendered } = shop(spec);
  expect(unrendered).toEqual([]);
  return tree;
}

const OUT = 'destinations: [{name: lib-out}]';

describe('library items and inline ones', () => {
  const library = (): Shape => shape(`{sources: [{name: lib-in}], ${OUT}}`);
  const inline = (): Shape =>
    shape(
      '{sources: [{id: S, type: tick, parameters: [{name: every, value: 5}]}], destinations: [{type: sink, parameters: [{name: to, value: there}]}]}',
    );

  it('make the same components under names of their own', () => {
    expect(library().receivers).toEqual({ 'tick/lib-in': { every: '5s' } });
    expect(inline().receivers).toEqual({ 'tick/source0_S': { every: '5s' } });
    expect(library().exporters).toEqual({ 'sink/lib-out': { to: 'there' } });
    expect(inline().exporters).toEqual({ 'sink/destination0': { to: 'there' } });
  });

  it('make the same pipelines', () => {
    expect(Object.keys(library().service?.pipelines ?? {})).toEqual(['logs/lib-in__lib-out-0']);
    expect(Object.keys(inline().service?.pipelines ?? {})).toEqual(['logs/source0_S__destination0-0']);
    expect(library().service?.pipelines['logs/lib-in__lib-out-0']?.processors).toEqual([
      'tidy/lib-in',
      'pack/lib-out',
    ]);
  });

  it('have a pipeline for each signal that a shared section names', () => {
    const { service, exporters } = shape(
      '{sources: [{name: lib-in, processors: [{type: mark}]}], destinations: [{type: both}]}',
    );
    const pipelines = service?.pipelines ?? {};
    expect(Object.keys(pipelines)).toEqual(['logs/lib-in__destination0-0', 'metrics/lib-in__destination0-0']);
    expect(pipelines['metrics/lib-in__destination0-0']?.processors).toEqual(['mark/lib-in__processor0']);
    expect(exporters).toEqual({ 'both/destination0': null });
  });

  it('bring their extensions, sources first', () => {
    expect(library().service?.extensions).toEqual(['store/lib-in', 'queue/lib-out']);
    expect(library().extensions).toEqual({ 'store/lib-in': null, 'queue/lib-out': null });
  });

  it('bring extensions in the order of names, whatever the order in the file', () => {
    const { service } = shape(
      '{sources: [{name: lib-in}, {id: A, type: tick}, {name: in}], destinations: [{name: lib-out}, {name: a-out}]}',
    );
    expect(service?.extensions).toEqual([
      'store/in',
      'queue/a-out',
      'queue/lib-out',
      'store/lib-in',
      'store/source1_A',
    ]);
  });

  it('do not bring the processors that a library item has of its own', () => {
    expect(Object.keys(library().processors ?? {})).toEqual(['tidy/lib-in', 'pack/lib-out']);
  });
});

describe('attached processors', () => {
  const marks =
    '[{type: mark, parameters: [{name: as, value: a}]}, {name: paused-mark}, {name: lib-mark}, {type: mark, disabled: true}, {type: mark}]';
  const all = (): Shape =>
    shape(
      `{sources: [{name: lib-in, processors: ${marks}}], destinations: [{name: paused-out}, {name: lib-out, processors: ${marks}}]}`,
    );

  it('stand after those of the source and before those of the destination, in their order', () => {
    expect(all().service?.pipelines['logs/lib-in__lib-out-1']?.processors).toEqual([
      'tidy/lib-in',
      'mark/lib-in__processor0',
      'mark/lib-mark',
      'mark/lib-in__processor4',
      'mark/lib-out-1__processor0',
      'mark/lib-mark',
      'mark/lib-out-1__processor4',
      'pack/lib-out',
    ]);
  });

  it('are there once where a library processor is used twice, with the parameters each has', () => {
    expect(all().processors).toMatchObject({
      'mark/lib-in__processor0': { as: 'a' },
      'mark/lib-mark': { as: 'lib' },
      'mark/lib-in__processor4': { as: 'x' },
    });
  });
});

describe('paused items', () => {
  it.each([
    ['inline', '{type: tick, disabled: true}'],
    ['where it is named', '{name: lib-in, disabled: true}'],
    ['in the library', '{name: paused-in}'],
  ])('leave nothing behind but their place: a source paused %s', (_name, paused) => {
    const { receivers, service } = shape(`{sources: [${paused}, {id: S, type: tick}], ${OUT}}`);
    expect(Object.keys(receivers ?? {})).toEqual(['tick/source1_S']);
    expect(Object.keys(service?.pipelines ?? {})).toEqual(['logs/source1_S__lib-out-0']);
    expect(service?.extensions).toEqual(['store/source1_S', 'queue/lib-out']);
  });

  it.each([
    ['inline', '{type: sink, disabled: true}'],
    ['where it is named', '{name: lib-out, disabled: true}'],
    ['in the library', '{name: paused-out}'],
  ])('leave nothing behind but their place: a destination paused %s', (_name, paused) => {
    const { exporters, service } = shape(
      `{sources: [{name: lib-in}], destinations: [${paused}, {type: sink, parameters: [{name: to, value: b}]}]}`,
    );
    expect(Object.keys(exporters ?? {})).toEqual(['sink/destination1']);
    expect(Object.keys(service?.pipelines ?? {})).toEqual(['logs/lib-in__destination1-1']);
  });

  it('of types that nobody knows are no gap in the text', () => {
    expect(shop(`{sources: [{type: nobody, disabled: true}, {name: lib-in}], ${OUT}}`).unrendered).toEqual(
      [],
    );
  });

  it('all of them: the fixed text of servers', () => {
    expect(shop(`{sources: [{name: paused-in}], ${OUT}}`).text).toMatch(/^# This minimal configuration/);
  });
});

describe('parameters', () => {
  it('count wherever an editor would hide them: advanced, hidden, not relevant', () => {
    const { receivers } = shape(
      `{sources: [{id: S, type: tick, parameters: [{name: level, value: loud}, {name: hidden_one, value: true}]}], ${OUT}}`,
    );
    expect(receivers).toEqual({ 'tick/source0_S': { every: '60s', level: 'loud', hidden: true } });
  });

  it('are the last given where one is given twice, and unknown ones do nothing', () => {
    const { receivers } = shape(
      `{sources: [{id: S, type: tick, parameters: [{name: every, value: 1}, {name: every, value: 2}, {name: odd, value: 3}]}], ${OUT}}`,
    );
    expect(receivers).toEqual({ 'tick/source0_S': { every: '2s' } });
  });
});

describe('what stands in a configuration and cannot be rendered', () => {
  it.each([
    ['source', `{sources: [{type: nobody}, {name: lib-in}], ${OUT}}`],
    ['destination', '{sources: [{name: lib-in}], destinations: [{type: nobody}, {name: lib-out}]}'],
    ['processor', `{sources: [{name: lib-in, processors: [{type: nobody}]}], ${OUT}}`],
  ])('a %s of an unknown type: left out and said, the rest as it is', (_kind, spec) => {
    const { unrendered, text, tree } = shop(spec);
    expect(unrendered).toEqual([
      'cannot be rendered here: type nobody is not in the catalogue; `collie types pull`',
    ]);
    expect(text).toContain(
      '# Not in this text: cannot be rendered here: type nobody is not in the catalogue; `collie types pull`\n',
    );
    expect(Object.keys((tree as Shape).receivers ?? {})).toEqual(['tick/lib-in']);
    expect(yamlMap(text)).toEqual(tree);
  });

  it('nothing else left: no text of pipelines, and never the fixed one of servers', () => {
    const { text, tree } = shop('{sources: [{type: nobody}], destinations: [{type: nobody}]}');
    expect(tree).toEqual({});
    expect(text).not.toContain('minimal configuration');
  });

  it.each([
    ['extensions', '[{name: my-pprof}]', '`spec.extensions` of a v1 configuration'],
    ['parameters', '[{name: telemetryPort, value: 9999}]', '`spec.parameters` of a v1 configuration'],
  ])('%s of its own', (part, value, sentence) => {
    const { unrendered } = shop(`{${part}: ${value}, sources: [{name: lib-in}], ${OUT}}`);
    expect(unrendered).toEqual([`cannot be rendered here: ${sentence}`]);
    expect(shop(`{${part}: [], sources: [{name: lib-in}], ${OUT}}`).unrendered).toEqual([]);
  });

  it.each([
    [
      'a parameter',
      '{type: nobody, parameters: [{name: a, value: 1}]}',
      '{type: nobody, parameters: [{name: a, value: 2}]}',
    ],
    ['another type', '{type: nobody}', '{type: no-one}'],
    ['processors', '{type: nobody, processors: [{name: lib-mark}]}', '{type: nobody}'],
    [
      'a part that has no rule',
      '{name: lib-in}], extensions: [{name: a}',
      '{name: lib-in}], extensions: [{name: b}',
    ],
  ])('another digest where %s differs, though the text is the same', (_what, before, after) => {
    const [one, other] = [before, after].map((item) => shop(`{sources: [${item}, {name: lib-in}], ${OUT}}`));
    expect(one?.tree).toEqual(other?.tree);
    expect(one?.opaque).toMatch(/^[0-9a-f]{64}$/);
    expect(one?.opaque).not.toBe(other?.opaque);
  });

  it('no digest where nothing is missing', () => {
    expect(shop(`{sources: [{name: lib-in}], ${OUT}}`)).not.toHaveProperty('opaque');
  });

  it('a bundle of processors, an item without name and type', () => {
    expect(
      shop(`{sources: [{name: lib-in, processors: [{processors: [{type: mark}]}, {id: X}]}], ${OUT}}`)
        .unrendered,
    ).toEqual([
      'cannot be rendered here: a bundle of processors',
      'cannot be rendered here: a processor without name and type',
    ]);
  });
});

describe('a raw configuration, with or without an agent', () => {
  const RAW = '\n# mine\r\nreceivers:\n\totlp: {}\n   \n# end ';
  const quoted = JSON.stringify(RAW);

  it.each([
    ['as raw', `{contentType: raw, raw: ${quoted}}`],
    ['as text/yaml', `{contentType: text/yaml, raw: ${quoted}}`],
    ['without a content type', `{raw: ${quoted}}`],
    ['beside empty lists', `{contentType: "", raw: ${quoted}, sources: [], destinations: []}`],
  ])('is its own text byte for byte, without header: %s', (_name, spec) => {
    const file = { 'c.yaml': `kind: Configuration\nmetadata: {name: own}\nspec: ${spec}\n` };
    const agent = { id: 'A', version: '1.30.0', serverUrl: 'http://localhost' };
    expect(render(file, { types }).config.text).toBe(RAW);
    expect(render(file, { types, version: 9, product: 'BindPlane OP' }).config.text).toBe(RAW);
    expect(render(file, { types, agent }).config.text).toBe(RAW);
  });

  it.each([
    ['|', 'a: 1\n'],
    ['|-', 'a: 1'],
    ['|+', 'a: 1\n\n'],
    ['>', 'a: 1\n'],
  ])('keeps what the block style %s keeps', (style, text) => {
    const file = `kind: Configuration\nmetadata: {name: own}\nspec:\n  raw: ${style}\n    a: 1\n\n`;
    expect(render({ 'c.yaml': file }, { types }).config.text).toBe(text);
  });

  it('is none when it is empty', () => {
    const { text } = shop(`{raw: "", contentType: raw, sources: [{name: lib-in}], ${OUT}}`);
    expect(text).toMatch(/^# This configuration is managed by/);
  });

  it('and the header of the other form names the version it is rendered for', () => {
    const spec = `{contentType: text/yaml, sources: [{name: lib-in}], ${OUT}}`;
    expect(shop(spec).text).toMatch(
      /^# This configuration is managed by Bindplane\.\n# Configuration: shop:1\n/,
    );
  });
});
