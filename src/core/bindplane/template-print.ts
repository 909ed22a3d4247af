/**
 * Values as Go's fmt package prints them, as far as templates of resource types need it (pkg.go.dev/fmt). The template library has the
 * same functions; these are bounded: no width or precision over 99, and an unknown verb is an error instead of a diagnostic text.
 */

/** A value as `%v` prints it: lists as `[a b]`, maps as `map[k:v]` with sorted keys, nil as `<nil>`. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return `${value}`;
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (typeof value !== 'object') throw new Error('a function is no value');
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, item]) => `${key}:${goText(item)}`).join(' ')}]`;
}

/** A string as `%q` prints it, for printable text: double quotes, `"` and `\` escaped. */
export function goQuoted(value: unknown): string {
  return JSON.stringify(goText(value));
}

/** Go's `fmt.Sprint`: a blank between two operands of which neither is a string. */
export function goPrint(values: readonly unknown[]): string {
  return values
    .map((value, index) => {
      const isApart = index > 0 && typeof value !== 'string' && typeof values[index - 1] !== 'string';
      return `${isApart ? ' ' : ''}${goText(value)}`;
    })
    .join('');
}

/** Go's `fmt.Sprintf` for the verbs v, s, d, q, t and f. Throws Error for other verbs, for values they do not take, and for wrong counts. */
export function goPrintf(format: string, values: readonly unknown[]): string {
  let next = 0;
  const text = format.replaceAll(/%(-?)(0?)(\d*)(?:\.(\d+))?(.?)/gs, (...match: string[]) => {
    const [, left, zero, width, precision, verb] = match;
    if (verb === '%') return '%';
    if (Number(width) > 99 || Number(precision) > 99) {
      throw new Error('the template formats with a width over 99');
    }
    if (next >= values.length) throw new Error(`printf ${JSON.stringify(format)} has too few values`);
    const shown = verbText(verb ?? '', values[next], precision);
    next += 1;
    const pad = zero === '0' && left !== '-' ? '0' : ' ';
    return left === '-' ? shown.padEnd(Number(width)) : shown.padStart(Number(width), pad);
  });
  if (next < values.length) throw new Error(`printf ${JSON.stringify(format)} has too many values`);
  return text;
}

function verbText(verb: string, value: unknown, precision: string | undefined): string {
  const isWhole = typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
  if (verb === 'v' || (verb === 's' && typeof value === 'string')) return goText(value);
  if (verb === 'd' && isWhole) return `${value}`;
  if (verb === 'q' && typeof value === 'string') return goQuoted(value);
  if (verb === 't' && typeof value === 'boolean') return `${value}`;
  if (verb === 'f' && typeof value === 'number') return value.toFixed(Number(precision ?? 6));
  throw new Error(`printf cannot print ${describe(value)} as %${verb}`);
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return 'nil';
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'a map' : `a ${typeof value}`;
}
