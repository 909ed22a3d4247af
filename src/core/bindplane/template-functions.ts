import {
  sprigConversions,
  sprigDefaults,
  sprigDicts,
  sprigFlow,
  sprigLists,
  sprigMath,
  sprigStrings,
  sprigTypes,
  type FuncMap,
  type TemplateFunc,
} from '@promptctl/go-template-js';
import { LIMITS } from '../document/limits.ts';
import { TemplateBudgetError, type Meter } from './template-meter.ts';
import { goPrint, goPrintf, goQuoted, goText } from './template-print.ts';

/**
 * Functions of sprig that a type's templates may call (SEC-82: an allow-list). Left out: everything that reads a clock, randomness,
 * the environment or the network; regular expressions, since no foreign pattern runs in this engine (SEC-81); whatever changes
 * a map in place, since a map's prototype is reachable (SEC-80); and makers of long lists.
 */
const ALLOWED = [
  'default empty coalesce ternary fromJson toJson',
  'trim trimAll trimPrefix trimSuffix upper lower title untitle repeat substr trunc contains hasPrefix hasSuffix replace splitList',
  'join squote cat indent nindent nospace snakecase camelcase kebabcase',
  'add sub mul div mod min max floor ceil round add1',
  'list first last rest initial reverse uniq without has compact concat append prepend sortAlpha',
  'dict get keys values hasKey pick omit dig',
  'kindOf kindIs typeOf typeIs deepEqual',
  'atoi int int64 float64 fail',
].flatMap((line) => line.split(' '));

/** What templates may call, every result counted by `meter`. */
export function templateFunctions(meter: Meter, bindplane: FuncMap): FuncMap {
  const sprig: FuncMap = {
    ...sprigDefaults(),
    ...sprigStrings(),
    ...sprigMath(),
    ...sprigLists(),
    ...sprigDicts(),
    ...sprigTypes(),
    ...sprigConversions(),
    ...sprigFlow(),
  };
  const functions: FuncMap = { ...PRINTING, ...bindplane };
  for (const name of ALLOWED) {
    const original = sprig[name];
    if (original === undefined) throw new Error(`the template library has no ${name}`);
    functions[name] = original;
  }
  // Go's `quote` is %q of each argument that is not nil; the library's leaves `"` and `\` alone.
  functions['quote'] = variadic((values) =>
    values
      .filter((value) => value !== null && value !== undefined)
      .map(goQuoted)
      .join(' '),
  );
  for (const name of ['repeat', 'indent', 'nindent']) functions[name] = bounded(functions[name]);
  return Object.fromEntries(
    Object.entries(functions).map(([name, { fn, ...rest }]) => [
      name,
      { ...rest, fn: (...values: never[]): unknown => meter.value(fn(...values)) },
    ]),
  );
}

/** Go's own functions that make text, in place of the library's; and those that no template of a config needs, refused. */
const PRINTING: FuncMap = {
  print: variadic(goPrint),
  println: variadic((values) => `${values.map(goText).join(' ')}\n`),
  printf: variadic(([format, ...values]) => {
    if (typeof format !== 'string') throw new Error('printf needs a text to fill');
    return goPrintf(format, values);
  }),
  toString: variadic(([value]) => (value === null || value === undefined ? '' : goText(value))),
  ...Object.fromEntries(['call', 'html', 'js', 'urlquery', 'toStrings'].map((name) => [name, refused(name)])),
};

function variadic(make: (values: readonly unknown[]) => unknown): TemplateFunc {
  return { fn: (...values: unknown[]) => make(values), argTypes: ['value'] };
}

function refused(name: string): TemplateFunc {
  return variadic(() => {
    throw new Error(`the function ${name} is not available in resource types`);
  });
}

/** A function of a count and a text, refused before it makes more text than a whole template may. */
function bounded(original: TemplateFunc | undefined): TemplateFunc {
  if (original === undefined) throw new Error('the template library lost a function');
  return {
    ...original,
    fn: (...values: never[]): unknown => {
      const [count, text] = values;
      if (!((Number(count) + 1) * (goText(text).length + 1) <= LIMITS.template.outputCharacters)) {
        throw new TemplateBudgetError(
          `the template makes more than ${LIMITS.template.outputCharacters} characters`,
        );
      }
      return original.fn(...values);
    },
  };
}
