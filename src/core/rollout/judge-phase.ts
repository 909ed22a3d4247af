import { LIMITS } from '../document/limits.ts';
import type { PhaseResult } from './decide.ts';
import { soakOf } from './deadlines.ts';
import type { GateContext, JudgedAgent, PipelineTopology } from './gates/gate.ts';
import { judgeWave } from './gates/judge.ts';
import { advance } from './member.ts';
import type { Member, ObservedAgent, Rollout } from './rollout.ts';
import { hasEnded } from './rollout.ts';
import type { AgentSignals } from './signals.ts';

/** What there is to know about agents and configs besides what `decide` sees. */
export interface PhaseView {
  readonly agents: ReadonlyMap<string, ObservedAgent>;
  /** An agent's own metrics; undefined where it sends none. */
  readonly signalsOf: (agent: string) => AgentSignals | undefined;
  /** What it had sent when the phase began: what is kept of its metrics may not reach back that far any more. */
  readonly baselineOf?: (agent: string) => AgentSignals | undefined;
  /** What a config's pipelines are, by its hash. */
  readonly topologyOf: (hash: string) => PipelineTopology | undefined;
  /** How what an agent reports to run differs from the target; undefined where it cannot be compared. */
  readonly driftOf?: (agent: string) => JudgedAgent['drift'];
  readonly windowMs?: number;
}

/** Metrics of this long after APPLIED are not counted where the policy says nothing (reference/rollouts.md §5.4). */
const SETTLE_MS = 30_000;

/**
 * What the gates say of the present phase (of everybody who was touched, once the whole fleet is watched). Empty where
 * nobody was offered anything or nothing is decided any more.
 */
export function judgePhase(rollout: Rollout, view: PhaseView, now: number): readonly PhaseResult[] {
  const context = phaseContext(rollout, view, now);
  return context === undefined ? [] : judgeWave(context, rollout.policy.gates ?? {});
}

/** The present phase as gates look at it. */
function phaseContext(rollout: Rollout, view: PhaseView, now: number): GateContext | undefined {
  const { members, policy, phase, bakingSince, targetHash } = rollout;
  const target = view.topologyOf(targetHash);
  if (hasEnded(rollout.state) || rollout.state === 'rolling-back' || target === undefined) return undefined;
  // As the decision will see them in the same round: a refusal is one for the gates as soon as it was said.
  const touched = members
    .filter((member) => member.offeredAt !== undefined && !isGone(member, view))
    .map((member) => advance(member, view.agents.get(member.agent), rollout, now));
  const wave = bakingSince === undefined ? touched.filter((member) => member.wave === phase - 1) : touched;
  if (wave.length === 0) return undefined;
  const controls = members.filter(({ state, wave: own }) => state === 'waiting' && own === undefined);
  const soaked = wave.map((member) => (member.appliedAt ?? now) + soakOf(member, policy));
  const judged = (member: Member): JudgedAgent => judgedAgent(member, view);
  return {
    now,
    canary: bakingSince === undefined && wave.every(({ canary }) => canary === true),
    settleMs: policy.settleMs ?? SETTLE_MS,
    soakEndsAt: Math.max(...soaked),
    wave: wave.slice(0, LIMITS.rollout.judgedAgents).map(judged),
    controls: controlsFor(wave, controls).map(judged),
    target,
    stamp: targetHash,
    ...(policy.leastControls === undefined ? {} : { leastControls: policy.leastControls }),
    ...(view.windowMs === undefined ? {} : { windowMs: view.windowMs }),
    ...(policy.expectsMetrics === undefined ? {} : { metricsExpected: policy.expectsMetrics }),
    ...(policy.checks === undefined ? {} : { awaitedChecks: policy.checks }),
    external: (rollout.checks ?? []).filter((check) => check.phase === phase - 1),
  };
}

/** It passed, and left afterwards: machines come and go, and that says nothing of the config. */
function isGone({ state, agent }: Member, { agents }: PhaseView): boolean {
  return state === 'done' && agents.get(agent)?.connected !== true;
}

/** Agents to compare with: those of the wave's own kinds first. */
function controlsFor(wave: readonly Member[], controls: readonly Member[]): readonly Member[] {
  const kinds = new Set(wave.map(({ stratum }) => stratum));
  const alike = controls.filter(({ stratum }) => kinds.has(stratum));
  const others = controls.filter(({ stratum }) => !kinds.has(stratum));
  return [...alike, ...others].slice(0, LIMITS.rollout.controls);
}

function judgedAgent(member: Member, view: PhaseView): JudgedAgent {
  const { agent, name, stratum, offeredAt, appliedAt, fault, previousHash, unhealthySince, healthyBefore } =
    member;
  const signals = view.signalsOf(agent);
  const previous = previousHash === undefined ? undefined : view.topologyOf(previousHash);
  const baseline = view.baselineOf?.(agent);
  const drift = appliedAt === undefined ? undefined : view.driftOf?.(agent);
  return {
    agent,
    name,
    stratum: stratum ?? member.version,
    observed: view.agents.get(agent),
    ...(offeredAt === undefined ? {} : { offeredAt }),
    ...(appliedAt === undefined ? {} : { appliedAt }),
    ...(fault === undefined ? {} : { fault }),
    ...(signals === undefined ? {} : { signals }),
    ...(baseline === undefined ? {} : { baseline }),
    ...(previous === undefined ? {} : { previous }),
    ...(previousHash === undefined ? {} : { previousStamp: previousHash }),
    ...(unhealthySince === undefined ? {} : { unhealthySince }),
    ...(healthyBefore === undefined ? {} : { healthyBefore }),
    ...(member.falls === undefined ? {} : { exits: member.falls }),
    ...(drift === undefined ? {} : { drift }),
  };
}
