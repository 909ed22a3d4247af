/**
 * Milliseconds from one ISO 8601 time in UTC to another (`2026-01-31T12:04:31.250Z`); undefined when either is absent, is no
 * such time, or they are in the wrong order. Arithmetic on the proleptic Gregorian calendar, as the core has no clock.
 */
export function elapsedMs(from: string | undefined, to: string | undefined): number | undefined {
  const start = instantMs(from);
  const end = instantMs(to);
  return start === undefined || end === undefined || end < start ? undefined : end - start;
}

function instantMs(iso: string | undefined): number | undefined {
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|\+00:00)$/.exec(iso ?? '');
  if (parts === null) return undefined;
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1, 7).map(Number);
  const milliseconds = Number((parts[7] ?? '').padEnd(3, '0').slice(0, 3));
  return (((daysBefore(year, month, day) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000 + milliseconds;
}

/** Days since 0000-03-01; years begin in March, so that the leap day comes last. */
function daysBefore(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const leapDays = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return shifted * 365 + leapDays + dayOfYear;
}

/** `0.4 s`, `12 s`, `4 min 10 s`, `2 h 5 min`: two units at most. */
export function durationText(durationMs: number): string {
  if (durationMs < 10_000) return `${(Math.round(durationMs / 100) / 10).toString()} s`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return twoUnits(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  return twoUnits(Math.floor(seconds / 3600), 'h', Math.floor((seconds % 3600) / 60), 'min');
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
