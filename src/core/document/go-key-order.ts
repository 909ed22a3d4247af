const LETTER = /^\p{L}$/u;
const DIGIT = /^\p{Nd}$/u;

/**
 * Order of two string keys as Go's yaml.v3 sorts a map (gopkg.in/yaml.v3 v3.0.1 sorter.go): numbers inside keys by value
 * (`a2` before `a10`), letters after everything else, but before it right after a digit.
 */
export function goKeyOrder(a: string, b: string): number {
  if (a === b) return 0;
  const left = Array.from(a);
  const right = Array.from(b);
  let afterDigit = false;
  for (let index = 0; index < left.length && index < right.length; index++) {
    const l = left[index] ?? '';
    const r = right[index] ?? '';
    if (l === r) {
      afterDigit = DIGIT.test(l);
      continue;
    }
    const leftIsLetter = LETTER.test(l);
    const rightIsLetter = LETTER.test(r);
    if (leftIsLetter && rightIsLetter) return codePoint(l) - codePoint(r);
    if (leftIsLetter || rightIsLetter) return (afterDigit ? leftIsLetter : rightIsLetter) ? -1 : 1;
    return numberOrder(left, right, index);
  }
  return left.length - right.length;
}

/** Both differ at `index` and neither has a letter there: the numbers that start there decide, then their lengths, then the characters. */
function numberOrder(left: readonly string[], right: readonly string[], index: number): number {
  const start = (left[index] === '0' || right[index] === '0') && followsNonZeroDigit(left, index) ? 1n : 0n;
  const [leftNumber, leftEnd] = numberAt(left, index, start);
  const [rightNumber, rightEnd] = numberAt(right, index, start);
  if (leftNumber !== rightNumber) return leftNumber < rightNumber ? -1 : 1;
  return leftEnd - rightEnd || codePoint(left[index] ?? '') - codePoint(right[index] ?? '');
}

function followsNonZeroDigit(characters: readonly string[], index: number): boolean {
  for (let before = index - 1; before >= 0 && DIGIT.test(characters[before] ?? ''); before--) {
    if (characters[before] !== '0') return true;
  }
  return false;
}

/** The number at `index` in Go's int64 arithmetic, and where it ends. */
function numberAt(characters: readonly string[], index: number, start: bigint): [bigint, number] {
  let value = start;
  let end = index;
  for (; end < characters.length && DIGIT.test(characters[end] ?? ''); end++) {
    value = BigInt.asIntN(64, value * 10n + BigInt(codePoint(characters[end] ?? '') - 0x30));
  }
  return [value, end];
}

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0;
}
