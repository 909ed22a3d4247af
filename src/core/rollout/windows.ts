import type { RolloutWindow } from './rollout.ts';

/**
 * Why nothing new may be offered at this moment (milliseconds since the epoch): no window of the policy is open, by the
 * clock of its own time zone. Undefined while one is, or where there are none. A window that ends before it begins goes
 * over midnight and belongs to the day on which it begins.
 */
export function closedWindow(windows: readonly RolloutWindow[] | undefined, now: number): string | undefined {
  if (windows === undefined || windows.length === 0) return undefined;
  return windows.some((window) => isOpen(window, now))
    ? undefined
    : `outside its windows (${windows.map(windowText).join('; ')})`;
}

/** Whether the time zone is one that there is. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

/** ISO number of a day's name (`Mon` is 1), in any case and length; undefined where it names none. */
export function dayNumber(name: string): number | undefined {
  const short = name.trim().slice(0, 3).toLowerCase();
  const place = DAYS.findIndex((day) => day.toLowerCase() === short);
  return place < 0 ? undefined : place + 1;
}

function isOpen({ days, fromMinute, toMinute, timeZone }: RolloutWindow, now: number): boolean {
  const { day, minute } = localTime(now, timeZone);
  const before = day === 1 ? DAYS.length : day - 1;
  if (fromMinute < toMinute) return days.includes(day) && minute >= fromMinute && minute < toMinute;
  return (days.includes(day) && minute >= fromMinute) || (days.includes(before) && minute < toMinute);
}

function localTime(now: number, timeZone: string): { readonly day: number; readonly minute: number } {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const parts = new Map(format.formatToParts(now).map(({ type, value }) => [type, value]));
  return {
    day: dayNumber(parts.get('weekday') ?? '') ?? 0,
    minute: Number(parts.get('hour') ?? 0) * 60 + Number(parts.get('minute') ?? 0),
  };
}

function windowText({ days, fromMinute, toMinute, timeZone }: RolloutWindow): string {
  const names = days.map((day) => DAYS[day - 1] ?? '').join(' ');
  return `${names} ${clockText(fromMinute)}–${clockText(toMinute)} ${timeZone}`;
}

function clockText(minute: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}
