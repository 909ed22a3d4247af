/** `41 ms`, `5 s`, `1.5 min`: a length of time for people. */
export function durationText(milliseconds: number): string {
  if (milliseconds < 100) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 120) return `${seconds} s`;
  return `${shortNumber(seconds / 60)} min`;
}

/** `0`, `0.4`, `12`, `1.2k`, `3.4M`: a number with two digits that matter. */
export function shortNumber(value: number): string {
  if (value === 0) return '0';
  for (const [unit, size] of [
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e3],
  ] as const) {
    if (value >= size * 0.9995) return `${trimmed(value / size)}${unit}`;
  }
  return trimmed(value);
}

/** `1.2k/s` of items in a time. */
export function rateText(items: number, milliseconds: number): string {
  return `${shortNumber(milliseconds <= 0 ? 0 : (items * 1000) / milliseconds)}/s`;
}

/** `12 %`. */
export function percentText(part: number): string {
  return `${trimmed(part * 100)} %`;
}

/** Names in one order, the first three spelled out: `a, b, c and 4 more`. */
export function someOf(names: readonly string[]): string {
  const sorted = [...new Set(names)].toSorted();
  const rest = sorted.length - 3;
  return rest > 0 ? `${sorted.slice(0, 3).join(', ')} and ${rest} more` : sorted.join(', ');
}

/** The middle of numbers; 0 of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

function trimmed(value: number): string {
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(0);
  return value >= 0.095 ? value.toFixed(1).replace(/\.0$/, '') : value.toPrecision(1);
}
