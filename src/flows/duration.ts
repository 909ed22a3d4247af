const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `90s`, `15m`, `2h`, `0` in milliseconds; undefined for anything else. */
export function durationMs(text: string): number | undefined {
  if (/^0+$/.test(text)) return 0;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (UNITS[match[2] ?? ''] ?? 0);
}
