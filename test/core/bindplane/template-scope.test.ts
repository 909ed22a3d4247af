import { createEngine } from '@promptctl/go-template-js';
import { describe, expect, it } from 'vitest';
import { createMeter } from '../../../src/core/bindplane/template-meter.ts';
import { templateFunctions } from '../../../src/core/bindplane/template-functions.ts';
import { withGoVariables } from '../../../src/core/bindplane/template-scope.ts';

const VALUES = { l: ['a', 'b', 'c'], m: { x: 'p', y: 'q' }, e: [], t: true, n: 3 };

/** Templates and what Go 1.26's text/template makes of them. */
const CASES: readonly (readonly [what: string, template: string, text: string])[] = [
  ['the last item', '{{ $r := "" }}{{ range .l }}{{ $r = . }}{{ end }}[{{ $r }}]', '[c]'],
  [
    'the first item',
    '{{ $r := "" }}{{ range .l }}{{ if eq $r "" }}{{ $r = . }}{{ end }}{{ end }}[{{ $r }}]',
    '[a]',
  ],
  [
    'a word between items',
    '{{ $first := true }}{{ range $k, $v := .m }}{{ if not $first }} and {{ end }}{{ $k }}={{ $v }}{{ $first = false }}{{ end }}',
    'x=p and y=q',
  ],
  ['a count', '{{ $n := 0 }}{{ range .l }}{{ $n = add $n 1 }}{{ end }}{{ $n }}', '3'],
  [
    'a new variable in an if',
    '{{ $x := "out" }}{{ if .t }}{{ $x := "in" }}{{ $x }} {{ end }}{{ $x }}',
    'in out',
  ],
  ['a change in an if', '{{ $x := "out" }}{{ if .t }}{{ $x = "in" }}{{ end }}{{ $x }}', 'in'],
  ['a change in a with', '{{ $x := "out" }}{{ with .m }}{{ $x = .x }}{{ end }}{{ $x }}', 'p'],
  ['a new variable of a with', '{{ $x := "out" }}{{ with $x := .n }}{{ $x }} {{ end }}{{ $x }}', '3 out'],
  [
    'a new variable of an if, in its else',
    '{{ $x := "out" }}{{ if $x := .e }}full{{ else }}{{ $x }} {{ end }}{{ $x }}',
    '[] out',
  ],
  ['a new variable of a range', '{{ $x := "out" }}{{ range $x := .l }}{{ $x }}{{ end }} {{ $x }}', 'abc out'],
  [
    'a change in the else of a range',
    '{{ $x := "out" }}{{ range .e }}{{ else }}{{ $x = "none" }}{{ end }}{{ $x }}',
    'none',
  ],
  [
    'changes two ranges deep',
    '{{ $x := "a" }}{{ range .l }}{{ range $.l }}{{ $x = printf "%s%s" $x . }}{{ end }}{{ end }}{{ $x }}',
    'aabcabcabc',
  ],
  ['a variable of each round', '{{ range .l }}{{ $x := . }}{{ $x = upper $x }}{{ $x }}{{ end }}', 'ABC'],
  ['a change in an else if', '{{ $x := 1 }}{{ if false }}{{ else if .t }}{{ $x = 2 }}{{ end }}{{ $x }}', '2'],
  [
    'a change in a template called by name',
    '{{ define "d" }}{{ $y := . }}{{ range $.l }}{{ $y = . }}{{ end }}{{ $y }}{{ end }}{{ $y := 7 }}{{ template "d" . }} {{ $y }}',
    'c 7',
  ],
];

describe('variables of a template live as long as in Go', () => {
  const meter = createMeter();
  const engine = withGoVariables(
    createEngine<string>({
      fromString: (text) => text,
      missingKey: 'error',
      funcs: templateFunctions(meter, {}),
    }),
  );

  it.each(CASES)('%s', (_what, template, text) => {
    expect(engine.parse(template).evaluate(VALUES).join('')).toBe(text);
  });
});
