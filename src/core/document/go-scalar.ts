import type { ScalarNode } from './node.ts';

export type GoTag = 'null' | 'bool' | 'int' | 'float' | 'timestamp' | 'str';

export interface GoScalar {
  readonly tag: GoTag;
  readonly value: ScalarNode['value'];
}

const FIXED: ReadonlyMap<string, GoScalar> = new Map([
  ...fixed('bool', true, ['true', 'True', 'TRUE']),
  ...fixed('bool', false, ['false', 'False', 'FALSE']),
  ...fixed('null', null, ['', '~', 'null', 'Null', 'NULL']),
  ...fixed('float', Number.NaN, ['.nan', '.NaN', '.NAN']),
  ...fixed('float', Infinity, ['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF']),
  ...fixed('float', -Infinity, ['-.inf', '-.Inf', '-.INF']),
]);

function fixed(tag: GoTag, value: GoScalar['value'], words: readonly string[]): [string, GoScalar][] {
  return words.map((word) => [word, { tag, value }]);
}

/** First characters that can make a plain scalar anything but a string. */
const HINT = /^(?:$|[-+0-9yYnNtTfFoO~.])/;
const INTEGER = /^([-+]?)(?:0[bB]([01]+)|0[oO]([0-7]+)|0[xX]([0-9a-fA-F]+)|0([0-7]+)|(0|[1-9][0-9]*))$/;
/** Go strips `0b` and `0o` and lets the rest carry its own sign: `0b-1` is -1. */
const SIGN_INSIDE = /^(0b|0o)([-+])([0-7]+)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
/** Here Go parses the text as it stands, and its own literals may hold underscores between digits. */
const FLOAT_FROM_POINT = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/;
const MAX_INT = 2n ** 63n - 1n;
const MAX_UINT = 2n ** 64n - 1n;

/**
 * What Go's YAML reader makes of a plain (unquoted) scalar (gopkg.in/yaml.v3 v3.0.1 resolve.go, which the Collector and BindPlane share).
 * Integers beyond 2^53 come back as bigint, beyond uint64 as float. A timestamp keeps its text as value.
 */
export function resolveGoScalar(text: string): GoScalar {
  if (!HINT.test(text)) return { tag: 'str', value: text };
  const fixed = FIXED.get(text);
  if (fixed !== undefined) return fixed;
  const first = text.charAt(0);
  if (first === '.') {
    return FLOAT_FROM_POINT.test(text)
      ? floatOf(text.replaceAll('_', ''), text)
      : { tag: 'str', value: text };
  }
  if (!/[-+0-9]/.test(first)) return { tag: 'str', value: text };
  if (isGoTimestamp(text)) return { tag: 'timestamp', value: text };
  const plain = text.replaceAll('_', '');
  return integerOf(plain) ?? (FLOAT.test(plain) ? floatOf(plain, text) : { tag: 'str', value: text });
}

function integerOf(plain: string): GoScalar | undefined {
  const inside = SIGN_INSIDE.exec(plain);
  if (inside !== null) {
    const [, base, sign, digits] = inside;
    return base === '0b' && /[2-7]/.test(digits ?? '')
      ? undefined
      : inRange(sign === '-', BigInt(`${base}${digits}`), false);
  }
  const match = INTEGER.exec(plain);
  if (match === null) return undefined;
  const [, sign, binary, octal, hex, oldOctal, decimal] = match;
  const digits =
    binary !== undefined
      ? `0b${binary}`
      : octal !== undefined || oldOctal !== undefined
        ? `0o${octal ?? oldOctal}`
        : hex !== undefined
          ? `0x${hex}`
          : (decimal ?? '0');
  return inRange(sign === '-', BigInt(digits), sign === '');
}

function inRange(negative: boolean, magnitude: bigint, unsignedAllowed: boolean): GoScalar | undefined {
  const value = negative ? -magnitude : magnitude;
  const most = negative ? MAX_INT + 1n : unsignedAllowed ? MAX_UINT : MAX_INT;
  if (magnitude > most) return undefined;
  const number = Number(value);
  return { tag: 'int', value: Number.isSafeInteger(number) ? number : value };
}

/** Go refuses floats out of range, and what it refuses stays a string. */
function floatOf(digits: string, text: string): GoScalar {
  const value = Number(digits);
  return Number.isFinite(value) ? { tag: 'float', value } : { tag: 'str', value: text };
}

const DATE = /^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:([Tt ])(.+))?$/;
const CLOCK = /^([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?(Z|[-+]([0-9]{2}):([0-9]{2}))?$/;

/** Whether Go reads a plain scalar as a point in time (resolve.go, allowedTimestampFormats): `T` asks for a zone, a blank forbids it. */
function isGoTimestamp(text: string): boolean {
  const date = DATE.exec(text);
  if (date === null) return false;
  const day = Number(date[3]);
  if (day < 1 || day > daysOf(Number(date[1]), Number(date[2]))) return false;
  if (date[4] === undefined) return true;
  const clock = CLOCK.exec(date[5] ?? '');
  if (clock === null || (clock[4] === undefined) !== (date[4] === ' ')) return false;
  const isZone = Number(clock[5] ?? 0) <= 24 && Number(clock[6] ?? 0) <= 60;
  return Number(clock[1]) < 24 && Number(clock[2]) < 60 && Number(clock[3]) < 60 && isZone;
}

function daysOf(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
}

const OLD_BOOL = /^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/;
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

/** Whether Go's writer must quote this string because unquoted it, or a YAML 1.1 reader, would take it for something else (encode.go, stringv). */
export function needsQuotes(text: string): boolean {
  return resolveGoScalar(text).tag !== 'str' || OLD_BOOL.test(text) || BASE_60.test(text);
}

/** A float as Go's strconv.FormatFloat(v, 'g', -1, 64) prints it, with YAML's words for infinities and not-a-number. */
export function goFloat(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '0', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  // Between 1e-4 and 1e6 ECMAScript and Go both print plain decimals, and both the shortest that read back.
  if (exponent >= -4 && exponent < 6) return String(value);
  const digits = String(Math.abs(exponent)).padStart(2, '0');
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
}
