import { createEngine } from '@promptctl/go-template-js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parameterValues } from '../../../src/core/bindplane/parameters.ts';
import { metered, STEP_FUNCTION } from '../../../src/core/bindplane/template-meter.ts';
import { compileType, type TypeRender } from '../../../src/core/bindplane/template.ts';
import { readTypes, type ResourceType } from '../../../src/core/bindplane/types.ts';
import type { Json } from '../../../src/core/document/node.ts';
import { BUILT_IN_FOLDER, runs, typesBelow } from './support.ts';

function typeOf(template: string): ResourceType {
  const { types } = readTypes([
    {
      file: 't.yaml',
      verified: true,
      value: {
        kind: 'SourceType',
        metadata: { name: 't' },
        spec: { parameters: [{ name: 'list', type: 'strings', default: [] }], logs: { receivers: template } },
      },
    },
  ]);
  const type = types.get('source', 't');
  if (type === undefined) throw new Error('no type');
  return type;
}

const renderTemplate = (template: string, values: Record<string, Json> = {}): TypeRender =>
  compileType(typeOf(template)).render('x', values);

const NESTED = `${'{{ range $.list }}'.repeat(6)}${'{{ end }}'.repeat(6)}- nop:`;
const MANY = Array.from({ length: 1000 }, (_, index) => String(index));

describe('a hostile template (SEC-82)', () => {
  it.each([
    ['loops without text', NESTED, /more than 100000 steps/],
    [
      'loops with text',
      '{{ range $.list }}{{ range $.list }}{{ range $.list }}x{{ end }}{{ end }}{{ end }}',
      /more than/,
    ],
    [
      'recursion',
      '{{ define "a" }}{{ template "a" . }}{{ template "a" . }}{{ end }}{{ template "a" . }}',
      /more than|without end/,
    ],
    ['a long repeat', '{{ repeat 900000000 "ab" }}', /more than 4194304 characters/],
    ['a wide format', '{{ printf "%900000000d" 1 }}', /width over 99/],
    ['text that doubles', `{{ $s := "x" }}${'{{ $s = print $s $s }}'.repeat(60)}`, /more than/],
    ['lists that double', `{{ $l := list 1 }}${'{{ $l = concat $l $l }}'.repeat(60)}`, /more than/],
    ['lists in lists', `{{ $l := list 1 }}${'{{ $l = list $l $l }}'.repeat(60)}`, /more than/],
    ['code', '{{ call .constructor.constructor "return 1" }}', /constructor.* is not given/],
    ['code by way of a map', '{{ call (get (dict "a" "b") "constructor") "x" }}', /call is not available/],
    ['a map changed in place', '{{ set (get (dict "a" 1) "__proto__") "polluted" "yes" }}', /set/],
    ['merged maps', '{{ merge (dict) (fromJson `{"__proto__":{"polluted":"yes"}}`) }}', /merge/],
    ['the environment', '{{ env "HOME" }}', /env/],
    ['a key pair', '{{ genPrivateKey "rsa" }}', /genPrivateKey/],
    ['the clock', '{{ now }}', /now/],
    ['randomness', '{{ randAlpha 5 }}', /randAlpha/],
    ['a regular expression', '{{ regexMatch "(a+)+$" "aaaa" }}', /regexMatch/],
  ])('%s ends with a sentence', (_name, template, sentence) => {
    const result = renderTemplate(template, { list: MANY });
    expect('error' in result ? result.error : 'rendered').toMatch(sentence);
    expect('error' in result ? result.error : '\n').not.toContain('\n');
    expect('polluted' in {}).toBe(false);
  });

  it.each([
    ['no list', 'a: 1'],
    ['no YAML', '- a: [1'],
    ['two documents of text', '- {{ "x" }}'],
  ])('text that is %s is refused', (_name, template) => {
    expect(renderTemplate(template)).toHaveProperty('error');
  });
});

/** What the template library prints for a text, or that it refuses it. */
function printed(source: string): string {
  const engine = createEngine<string>({
    fromString: (text) => text,
    funcs: { [STEP_FUNCTION]: { fn: () => '', argTypes: [] } },
  });
  try {
    return engine
      .parse(source)
      .evaluate({ list: ['1', '2'] })
      .join('');
  } catch {
    return 'refused';
  }
}

const PARTS = [
  ' a ',
  '\n',
  '{{ . }}',
  '{{/* }} */}}',
  '{{ "}}" }}',
  '{{- "x" -}}',
  "{{ '}' }}",
  '{{ `}}` }}',
];

/** Templates with nested loops and trim markers on either side. */
const loops = fc.letrec<{ body: string }>((tie) => ({
  body: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(...PARTS),
    fc
      .tuple(
        fc.constantFrom(
          '{{ range $.list }}',
          '{{- range $.list -}}',
          '{{range $i, $v := $.list -}}',
          '{{ range .missing }}',
        ),
        fc.array(tie('body'), { maxLength: 3 }),
        fc.constantFrom('{{ end }}', '{{- end -}}', '{{ else }}e{{ end }}'),
      )
      .map(([open, body, close]) => open + body.join('') + close),
  ),
})).body;

describe('counting steps', () => {
  it('changes nothing in what a template prints', () => {
    fc.assert(
      fc.property(fc.array(loops, { maxLength: 4 }), (parts) => {
        expect(printed(metered(parts.join('')))).toBe(printed(parts.join('')));
      }),
      runs(100),
    );
  });

  it.each([
    ['{{ range .list -}}  a {{- end }}|', 'aa|'],
    ['{{ range .list }}  a {{ end }}|', '  a   a |'],
    ['x {{- range .list -}} \n b{{ end }}', 'xbb'],
  ])('%s', (source, expected) => {
    const result = renderTemplate(`- nop: {{ $out := "" }}'${source}'`, { list: ['1', '2'] });
    expect(result).toHaveProperty(['partials', 'logs', 'receivers', 0, 'body'], expected);
  });
});

const HOSTILE = [
  '}}',
  '{{ .x }}',
  'a\nexporters:\n  evil:',
  '---',
  '&a *a',
  '!!binary x',
  'a\u00a0b',
  "it's",
  '"',
  '# c',
  ': ',
  '- x',
  '\\',
  '\t',
  '\u2028',
  '{a: b}',
  '[',
  '%',
  '@',
  '`',
];

/** Paths and values of a tree's leaves, with every text replaced by the same mark. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shape(item)]));
  }
  return typeof value === 'string' ? 'text' : value;
}

describe('a hostile parameter value (SEC-82)', () => {
  const cases = typesBelow(BUILT_IN_FOLDER)
    .list()
    .flatMap((type) =>
      type.parameters
        .filter((parameter) => ['string', 'strings', 'map'].includes(parameter.type))
        .map((parameter) => [type.kind, type.name, parameter.name, type, parameter.type] as const),
    );

  it.each(cases)('%s %s, parameter %s: changes that one scalar only', (_kind, _type, name, type, of) => {
    const asGiven = (text: string): Json =>
      of === 'string' ? text : of === 'strings' ? [text] : { Header: text };
    const partials = (text: string): unknown => {
      const given = type.parameters
        .filter((parameter) => parameter.default === undefined)
        .map((parameter) => ({ name: parameter.name, value: parameter.type === 'yaml' ? 'nop:' : 'plain' }));
      const result = compileType(type).render(
        'x',
        parameterValues(type, [...given, { name, value: asGiven(text) }], false),
      );
      return 'partials' in result ? shape(result.partials) : result;
    };
    const plain = partials('plain');
    for (const text of HOSTILE) expect([text, partials(text)]).toEqual([text, plain]);
  });
});
