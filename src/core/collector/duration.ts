const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds of a Go duration (`1m30s`, `-5s`, `0`; `time.ParseDuration`), or undefined for other texts. */
export function durationMs(text: string): number | undefined {
  const [, sign = '', rest = ''] = /^([+-]?)(.+)$/.exec(text.trim()) ?? [];
  if (rest === '0') return 0;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.test(rest)) return undefined;
  const parts = [...rest.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/g)];
  const total = parts.reduce(
    (sum, [, amount = '', unit = '']) => sum + Number(amount) * (UNITS[unit] ?? 0),
    0,
  );
  return sign === '-' ? -total : total;
}
