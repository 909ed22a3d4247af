import type { RolloutEvent } from './events.ts';
import type { Member } from './rollout.ts';

/** One entry of a rollout's log for people and programs. `at` in milliseconds since the epoch. */
export interface LogEntry {
  readonly at: number;
  /** The state that was entered, `planned`, `told` or `changed`. */
  readonly type: string;
  /** Uid and name of the agent it is about; absent where it is about the rollout. */
  readonly agent?: string;
  readonly name?: string;
  /** Who asked for it; absent where the engine decided. */
  readonly by?: string;
  readonly text: string;
}

/** A log as entries with words, in its order; of one agent alone where one is named (then with what befell the rollout as well). */
export function logEntries(events: readonly RolloutEvent[], agent?: string): readonly LogEntry[] {
  const names = new Map<string, string>();
  const entries: LogEntry[] = [];
  for (const event of events) {
    if ('rollout' in event) {
      for (const member of event.rollout.members) names.set(member.agent, member.name);
    }
    if ('agent' in event && agent !== undefined && event.agent !== agent) continue;
    const { at, type, by } = event;
    const text = textOf(event);
    if (text === undefined) continue;
    const about = 'agent' in event ? { agent: event.agent, name: names.get(event.agent) ?? event.agent } : {};
    entries.push({ at, type, ...about, ...(by === undefined ? {} : { by }), text });
  }
  return entries;
}

/** What an event says; undefined for those that only keep count. */
function textOf(event: RolloutEvent): string | undefined {
  if ('text' in event) return event.text;
  if ('rollout' in event) {
    const { members, policy, id } = event.rollout;
    const what = members.length === 1 ? '1 agent' : `${members.length} agents`;
    return `planned ${id} for ${what}${policy.name === undefined ? '' : ` by policy ${policy.name}`}`;
  }
  if ('agent' in event) return memberText(event.type, event.set);
  const { phase } = event.set;
  if (event.type !== 'changed') return event.set.reason ?? event.set.pause?.text ?? event.type;
  return phase === undefined ? undefined : `phase ${phase} released`;
}

function memberText(type: string, set: Partial<Member>): string | undefined {
  if (set.fault !== undefined) return `${set.fault.kind}: ${set.fault.message}`;
  if (set.restoreMessage !== undefined) return `${type}: ${set.restoreMessage}`;
  if (set.note !== undefined) return `${type}: ${set.note}`;
  if (type !== 'changed') return type;
  const fall = set.falls?.at(-1);
  if (fall !== undefined) return `unhealthy: ${fall.message === '' ? 'without a word' : fall.message}`;
  return set.wave === undefined ? undefined : `its turn in phase ${set.wave + 1}`;
}
