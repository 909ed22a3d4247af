import { assignedName } from './assigned.ts';
import { isManaged } from '../../src/core/opamp/capabilities.ts';
import type { AppLimits } from '../limits.ts';
import type { AgentTarget, ConfigName, Refusal } from '../store/store.ts';
import type { LiveAgent } from './agents.ts';
import type { Ledger } from './ledger.ts';
import type { Assigned } from './remembered.ts';

/** What assignment looks at, gathered once for all agents. */
export interface AssignmentView {
  readonly nameFor: Assigned['nameFor'];
  /** As `TrustedContext.guarded`. */
  readonly guarded?: ReadonlySet<string>;
  /** The config of each configuration's current version: the one that was proven by a rollout. */
  readonly current: ReadonlyMap<string, ConfigName>;
  /** Hashes this server made. Any other hash an agent reports is foreign and left alone. */
  readonly isKnown: (hash: string) => boolean;
  /** Nothing new of this configuration is given to anybody now (a lock, a stop). */
  readonly held?: (configuration: string) => boolean;
  readonly refused: (agent: string, hash: string) => boolean;
  /** Refusals of a hash outside rollouts. */
  readonly lateRefusals: (hash: string) => number;
  /** Agents that a rollout still decides about. */
  readonly busy: ReadonlySet<string>;
  /** What was decided of other agents in the same round: they go back to what they ran, whoever else is on the way there. */
  readonly decided: ReadonlyMap<string, AgentTarget>;
  readonly limits: AppLimits;
  /** Milliseconds since the epoch, and how long after an offer the next newcomer does not wait for the answer any more. */
  readonly now: number;
  readonly deadlineMs: number;
}

/** What is to become of agents outside rollouts, and which of them have to wait for others to confirm. */
export interface LateTargets {
  readonly targets: ReadonlyMap<string, AgentTarget>;
  readonly waiting: readonly string[];
}

/**
 * New targets for agents outside rollouts: newcomers, those that were away while a version was rolled out, those that
 * moved to another configuration. They get the current version only (never one that no rollout proved), a few at a time,
 * and nobody gets what too many refused (REL-38). Who does not answer in time keeps nobody waiting any longer (REL-06): it runs what it runs, and
 * is told of as silent. Agents that run a config we did not make keep it until a rollout.
 * `looked` are the agents that may need one, `all` those that may be on their way to one.
 */
export function lateTargets(
  looked: Iterable<LiveAgent>,
  all: Iterable<LiveAgent>,
  view: AssignmentView,
): LateTargets {
  const targets = new Map<string, AgentTarget>();
  const waiting: string[] = [];
  const candidates: { agent: LiveAgent; config: ConfigName }[] = [];
  for (const agent of looked) {
    const { uid } = agent.record;
    const config = view.busy.has(uid) || view.decided.has(uid) ? undefined : wanted(agent, view);
    if (config !== undefined) candidates.push({ agent, config });
  }
  const open = candidates.length === 0 ? new Map<string, number>() : inFlight(all, view);
  for (const { agent, config } of candidates) {
    const count = open.get(config.hash) ?? 0;
    const running = agent.record.config?.hash === config.hash && agent.record.config.state === 'applied';
    if (!running && count >= view.limits.lateOffers) {
      waiting.push(agent.record.uid);
      continue;
    }
    if (!running) open.set(config.hash, count + 1);
    targets.set(agent.record.uid, targetAfter(agent.target, config, view.now));
  }
  return { targets, waiting };
}

/** How many agents outside rollouts are waited for: they may still say in time what became of each config. */
function inFlight(
  agents: Iterable<LiveAgent>,
  { busy, decided, now, deadlineMs }: AssignmentView,
): Map<string, number> {
  const open = new Map<string, number>();
  for (const { record, target: before } of agents) {
    const target = decided.get(record.uid) ?? before;
    if (target === undefined || !record.connected || busy.has(record.uid)) continue;
    if (isUnanswered({ record, target }) && !isOverdue(target, now, deadlineMs)) {
      open.set(target.hash, (open.get(target.hash) ?? 0) + 1);
    }
  }
  return open;
}

/** Whether the agent was to run something and said neither that it does nor that it cannot. */
export function isUnanswered({ record, target }: Pick<LiveAgent, 'record' | 'target'>): boolean {
  if (target === undefined) return false;
  const { hash, state } = record.config ?? {};
  return hash !== target.hash || (state !== 'applied' && state !== 'failed');
}

/** Whether an answer to a target is not waited for any more. */
export function isOverdue({ since = 0 }: AgentTarget, now: number, deadlineMs: number): boolean {
  return now >= since + deadlineMs;
}

function wanted(agent: LiveAgent, view: AssignmentView): ConfigName | undefined {
  const { record, target } = agent;
  if (!record.connected || record.awaitsFullState || !record.described || !isManaged(record)) {
    return undefined;
  }
  const assigned = assignedName(agent, view);
  const config = assigned === undefined ? undefined : view.current.get(assigned);
  if (config === undefined || target?.hash === config.hash) return undefined;
  if (view.held?.(config.configuration) === true) return undefined;
  const reported = record.config?.hash ?? '';
  if (target === undefined && reported !== '' && !view.isKnown(reported)) return undefined;
  if (
    target !== undefined &&
    target.configuration === config.configuration &&
    target.version >= config.version
  ) {
    return undefined;
  }
  if (view.refused(record.uid, config.hash)) return undefined;
  return view.lateRefusals(config.hash) >= view.limits.lateRefusals ? undefined : config;
}

/** Offers count anew once the agent confirmed its target: a later restart of a forgetful agent is no crash loop. */
export function* confirmations(agents: Iterable<LiveAgent>): Iterable<[string, AgentTarget]> {
  for (const { record, target } of agents) {
    if (target === undefined || target.offers === 0) continue;
    if (record.config?.hash === target.hash && record.config.state === 'applied') {
      yield [record.uid, { ...target, offers: 0 }];
    }
  }
}

/** New refusals outside rollouts; in `changes` each such agent gets the way back to what it ran before, where it has one. */
export function lateRefusals(
  agents: Iterable<LiveAgent>,
  busy: ReadonlySet<string>,
  ledger: Pick<Ledger, 'refused'>,
  changes: Map<string, AgentTarget>,
  now: number,
): readonly Refusal[] {
  const refusals: Refusal[] = [];
  for (const { record, target } of agents) {
    if (target === undefined || busy.has(record.uid) || record.config?.state !== 'failed') continue;
    const { hash, message, at } = record.config;
    if (hash !== target.hash || ledger.refused(record.uid, hash)) continue;
    refusals.push({ agent: record.uid, hash, message, at });
    const { previous } = target;
    const isOther = previous !== undefined && previous.hash !== hash;
    if (isOther && !ledger.refused(record.uid, previous.hash)) {
      changes.set(record.uid, { ...previous, offers: 0, since: now });
    }
  }
  return refusals;
}

/** The target that follows another one, decided `now`; what was another config before is remembered as the way back. */
export function targetAfter(before: AgentTarget | undefined, config: ConfigName, now: number): AgentTarget {
  const previous = before?.hash === config.hash ? before.previous : before && nameOf(before);
  const { hash, configuration, version } = config;
  return {
    hash,
    configuration,
    version,
    offers: 0,
    since: now,
    ...(previous === undefined ? {} : { previous }),
  };
}

/** Only the name part of something that has one. */
export function nameOf({ hash, configuration, version }: ConfigName): ConfigName {
  return { hash, configuration, version };
}
