import { LIMITS } from '../document/limits.ts';
import type { Member, Rollout, TimelineEntry } from './rollout.ts';

/** A rollout without its members and its story: what one change of it may set. */
export type RolloutHead = Omit<Rollout, 'members' | 'timeline'>;

/**
 * One entry of a rollout's log. The log is the truth: folded in order it gives the rollout (`replay`), up to any moment.
 * `type` is for people and queries: the state that was entered, `planned`, `told`, or `changed` where the state stayed.
 * Times are milliseconds since the epoch. Plain data; the members of a rollout come with `planned` alone.
 */
export type RolloutEvent =
  | { readonly type: 'planned'; readonly at: number; readonly by?: string; readonly rollout: Rollout }
  | { readonly type: 'told'; readonly at: number; readonly by?: string; readonly text: string }
  | {
      readonly type: Member['state'] | 'changed';
      readonly at: number;
      readonly by?: string;
      readonly agent: string;
      readonly set: Partial<Member>;
      readonly unset?: readonly string[];
    }
  | {
      readonly type: Rollout['state'] | 'changed';
      readonly at: number;
      /** Who asked for it; absent where the engine decided. */
      readonly by?: string;
      readonly set: Partial<RolloutHead>;
      readonly unset?: readonly string[];
    };

/**
 * What happened between two values of one rollout: whole where there is none before or its members are others, else what
 * changed, the rollout itself first. The same value twice gives nothing.
 */
export function eventsOf(
  before: Rollout | undefined,
  after: Rollout,
  at: number,
  by?: string,
): readonly RolloutEvent[] {
  const who = by === undefined ? {} : { by };
  if (before === undefined || !sameMembers(before.members, after.members)) {
    return [{ type: 'planned', at, ...who, rollout: after }];
  }
  const events: RolloutEvent[] = [];
  const { members: _from, timeline: _told, ...headBefore } = before;
  const { members, timeline, ...head } = after;
  const changed = change(headBefore, head);
  if (changed !== undefined) {
    const type = before.state === after.state ? 'changed' : after.state;
    events.push({ type, at, ...who, ...changed });
  }
  for (const [index, member] of members.entries()) {
    const was = before.members[index];
    const step = was === undefined || was === member ? undefined : change(was, member);
    if (was === undefined || step === undefined) continue;
    const type = was.state === member.state ? 'changed' : member.state;
    events.push({ type, at, agent: member.agent, ...step });
  }
  for (const entry of newEntries(before.timeline, timeline)) {
    events.push({ type: 'told', at: entry.at, text: entry.text });
  }
  return events;
}

/**
 * The rollout that a log tells, from its beginning or on top of `from`. Undefined where the log has no beginning. Cost: one
 * look at each event (100,000 of them in well under a second).
 */
export function replay(events: Iterable<RolloutEvent>, from?: Rollout): Rollout | undefined {
  let state = from === undefined ? undefined : opened(from);
  for (const event of events) {
    if (event.type === 'planned') state = opened(event.rollout);
    else if (state !== undefined) fold(state, event);
  }
  if (state === undefined) return undefined;
  const { head, members, timeline } = state;
  return {
    ...head,
    members,
    timeline: timeline.slice(-LIMITS.rollout.timelineEntries),
  };
}

/** Events up to a moment: what was known then. */
export function until(events: readonly RolloutEvent[], at: number): readonly RolloutEvent[] {
  return events.filter((event) => event.at <= at);
}

interface Open {
  head: RolloutHead;
  readonly members: Member[];
  readonly places: ReadonlyMap<string, number>;
  readonly timeline: TimelineEntry[];
}

function opened(rollout: Rollout): Open {
  const { members, timeline, ...head } = rollout;
  const places = new Map(members.map(({ agent }, index) => [agent, index]));
  return { head, members: [...members], places, timeline: [...timeline] };
}

function fold(state: Open, event: Exclude<RolloutEvent, { type: 'planned' }>): void {
  if ('text' in event) {
    state.timeline.push({ at: event.at, text: event.text });
    return;
  }
  if (!('agent' in event)) {
    state.head = changed(state.head, event);
    return;
  }
  const place = state.places.get(event.agent);
  const member = place === undefined ? undefined : state.members[place];
  if (place === undefined || member === undefined) return;
  state.members[place] = changed(member, event);
}

function changed<T extends object>(
  value: T,
  { set, unset }: { readonly set: object; readonly unset?: readonly string[] },
): T {
  const next = { ...value, ...set };
  for (const key of unset ?? []) Reflect.deleteProperty(next, key);
  return next;
}

/** What of `after` is not as in `before`; values are compared as such, for they are never changed in place. */
function change<T extends object>(
  before: T,
  after: T,
): { readonly set: Partial<T>; readonly unset?: readonly string[] } | undefined {
  const set: [string, unknown][] = [];
  const unset: string[] = [];
  for (const [key, value] of Object.entries(after)) {
    if (value === undefined) continue;
    if (Reflect.get(before, key) !== value) set.push([key, value]);
  }
  for (const key of Object.keys(before)) {
    if (Reflect.get(before, key) !== undefined && Reflect.get(after, key) === undefined) unset.push(key);
  }
  if (set.length === 0 && unset.length === 0) return undefined;
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- entries of a T
  return { set: Object.fromEntries(set) as Partial<T>, ...(unset.length === 0 ? {} : { unset }) };
}

function sameMembers(one: readonly Member[], other: readonly Member[]): boolean {
  if (one === other) return true;
  return one.length === other.length && one.every((member, index) => member.agent === other[index]?.agent);
}

/** Entries are only ever added at the end; the oldest may have been cut. */
function newEntries(
  before: readonly TimelineEntry[],
  after: readonly TimelineEntry[],
): readonly TimelineEntry[] {
  const known = new Set(before);
  const first = after.findIndex((entry) => !known.has(entry));
  return first < 0 ? [] : after.slice(first);
}
