import { assignedName } from './assigned.ts';
import type { Assigned } from './remembered.ts';
import { isManaged } from '../../src/core/opamp/capabilities.ts';
import type { AppLimits } from '../limits.ts';
import type { AgentTarget, ConfigName, Refusal } from '../store/store.ts';
import type { LiveAgent } from './agents.ts';
import type { Ledger } from './ledger.ts';

/** What assignment looks at, gathered once for all agents. */
export interface AssignmentView {
  readonly nameFor: Assigned['nameFor'];
  /** As `TrustedContext.guarded`. */
  readonly guarded?: ReadonlySet<string>;
  /** The config of each configuration's current version: the one that was proven by a rollout. */
  readonly current: ReadonlyMap<string, ConfigName>;
  /** Hashes this server made. Any other hash an agent reports is foreign and left alone. */
  readonly isKnown: (hash: string) => boolean;
  readonly refused: (agent: string, hash: string) => boolean;
  /** Refusals of a hash outside rollouts. */
  readonly lateRefusals: (hash: string) => number;
  /** Agents that a rollout still decides about. */
  readonly busy: ReadonlySet<string>;
  readonly limits: AppLimits;
}

/**
 * New targets for agents outside rollouts: newcomers, those that were away while a version was rolled out, those that
 * moved to another configuration. They get the current version only (never one that no rollout proved), a few at a time,
 * and nobody gets what too many refused (REL-38). Agents that run a config we did not make keep it until a rollout.
 */
export function lateTargets(
  agents: Iterable<LiveAgent>,
  view: AssignmentView,
): ReadonlyMap<string, AgentTarget> {
  const targets = new Map<string, AgentTarget>();
  const open = new Map<string, number>();
  const candidates: { agent: LiveAgent; config: ConfigName }[] = [];
  for (const agent of agents) {
    if (view.busy.has(agent.record.uid)) continue;
    const confirmed =
      agent.record.config?.hash === agent.target?.hash && agent.record.config?.state === 'applied';
    if (agent.target !== undefined && agent.record.connected && !confirmed) {
      open.set(agent.target.hash, (open.get(agent.target.hash) ?? 0) + 1);
    }
    const config = wanted(agent, view);
    if (config !== undefined) candidates.push({ agent, config });
  }
  for (const { agent, config } of candidates) {
    const inFlight = open.get(config.hash) ?? 0;
    const running = agent.record.config?.hash === config.hash && agent.record.config.state === 'applied';
    if (!running && inFlight >= view.limits.lateOffers) continue;
    if (!running) open.set(config.hash, inFlight + 1);
    targets.set(agent.record.uid, targetAfter(agent.target, config));
  }
  return targets;
}

function wanted(agent: LiveAgent, view: AssignmentView): ConfigName | undefined {
  const { record, target } = agent;
  if (!record.connected || record.awaitsFullState || !record.described || !isManaged(record)) {
    return undefined;
  }
  const assigned = assignedName(agent, view);
  const config = assigned === undefined ? undefined : view.current.get(assigned);
  if (config === undefined || target?.hash === config.hash) return undefined;
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
): readonly Refusal[] {
  const refusals: Refusal[] = [];
  for (const { record, target } of agents) {
    if (target === undefined || busy.has(record.uid) || record.config?.state !== 'failed') continue;
    const { hash, message, at } = record.config;
    if (hash !== target.hash || ledger.refused(record.uid, hash)) continue;
    refusals.push({ agent: record.uid, hash, message, at });
    const { previous } = target;
    if (previous !== undefined && !ledger.refused(record.uid, previous.hash)) {
      changes.set(record.uid, { ...previous, offers: 0 });
    }
  }
  return refusals;
}

/** The target that follows another one; the one before is remembered as the way back. */
export function targetAfter(before: AgentTarget | undefined, config: ConfigName): AgentTarget {
  const previous = before === undefined ? undefined : nameOf(before);
  const { hash, configuration, version } = config;
  return { hash, configuration, version, offers: 0, ...(previous === undefined ? {} : { previous }) };
}

/** Only the name part of something that has one. */
export function nameOf({ hash, configuration, version }: ConfigName): ConfigName {
  return { hash, configuration, version };
}
