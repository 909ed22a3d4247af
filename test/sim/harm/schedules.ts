import { decide } from '../../../src/core/rollout/decide.ts';
import { topologyOf } from '../../../src/core/rollout/flows/topology.ts';
import { judgePhase } from '../../../src/core/rollout/judge-phase.ts';
import { policyFor } from '../../../src/core/rollout/policy.ts';
import type { Member, Rollout } from '../../../src/core/rollout/rollout.ts';
import { hasEnded } from '../../../src/core/rollout/rollout.ts';
import { canaryOrder } from '../../../src/core/rollout/waves.ts';
import type { HarmedFleet } from './fleet.ts';

/** What came of one bad config under one schedule. */
export interface Outcome {
  readonly harmed: number;
  /** When it was noticed, from the start; undefined: never, everybody has it. */
  readonly stoppedMs?: number;
  /** What noticed it. */
  readonly by?: string;
}

const STEP_MS = 5000;
/** Time before the rollout, so that there is something to compare with. */
const BEGINS_MS = 1_200_000;
const LONGEST_MS = 3 * 3_600_000;

const TOPOLOGY = topologyOf({
  receivers: { otlp: null },
  exporters: { otlp: { endpoint: 'backend:4317' } },
  service: { pipelines: { traces: { receivers: ['otlp'], exporters: ['otlp'] } } },
});

/**
 * BindPlane's: three agents, then five times as many up to a hundred, a look each five seconds, on as soon as nobody is
 * pending; an agent that refuses stops it (reference/rollouts.md §0.10, reference/bindplane.md §5).
 */
export function bindplaneSchedule(fleet: HarmedFleet): Outcome {
  let next = 0;
  let size = 3;
  for (let now = BEGINS_MS; now < BEGINS_MS + LONGEST_MS; now += STEP_MS) {
    const seen = fleet.observed(now);
    const offered = fleet.agents.slice(0, next).map(({ id }) => seen.get(id));
    if (offered.some((agent) => agent?.config === 'failed')) {
      return { harmed: fleet.harmed, stoppedMs: now - BEGINS_MS, by: 'error' };
    }
    if (offered.some((agent) => agent?.config !== 'applied')) continue;
    if (next >= fleet.agents.length) return { harmed: fleet.harmed };
    for (const { id } of fleet.agents.slice(next, next + size)) fleet.offer(id, now);
    next += size;
    size = Math.min(100, size * 5);
  }
  return { harmed: fleet.harmed };
}

/** Collie's own decisions with its built-in policy for the size of the fleet; with what collectors measure of themselves, or without. */
export function collieSchedule(fleet: HarmedFleet, withMetrics: boolean): Outcome {
  let state = begun(fleet);
  for (let now = BEGINS_MS; now < BEGINS_MS + LONGEST_MS && !hasEnded(state.state); now += STEP_MS) {
    const agents = fleet.observed(now);
    const view = {
      agents,
      signalsOf: (id: string) => (withMetrics ? fleet.signalsOf(id, now) : undefined),
      topologyOf: () => TOPOLOGY,
    };
    const gates = judgePhase(state, view, now);
    for (const effect of decide(state, agents, now, { gates })) {
      if (effect.kind === 'save') state = effect.rollout;
      if (effect.kind === 'offer') fleet.offer(effect.agent, now);
      if (effect.kind === 'restore') fleet.restore(effect.agent, now);
    }
    const stopped =
      state.state === 'rolling-back' || state.state === 'paused' || state.state === 'rolled-back';
    if (stopped) {
      const reason = state.reason ?? state.pause?.text ?? '';
      return { harmed: fleet.harmed, stoppedMs: now - BEGINS_MS, by: cause(state, reason) };
    }
  }
  return { harmed: fleet.harmed };
}

function cause({ members }: Rollout, reason: string): string {
  const gate = /^gate ([\w-]+)/.exec(reason)?.[1];
  return gate ?? members.find(({ fault }) => fault !== undefined)?.fault?.kind ?? 'paused';
}

function begun({ agents }: HarmedFleet): Rollout {
  const members = canaryOrder(
    agents.map(({ id, version }): Member => ({
      agent: id,
      name: id,
      version,
      stratum: version,
      state: 'waiting',
      previousHash: 'before',
    })),
  );
  const timings = { deadlineMs: 60_000, unhealthyMs: 8000, absenceMs: 60_000 };
  return {
    id: 'node:2',
    configuration: 'node',
    version: 2,
    fromVersion: 1,
    targetHash: 'target',
    state: 'started',
    policy: policyFor({ agents: members.length, timings, options: null }),
    phase: 0,
    members,
    timeline: [],
    startedAt: BEGINS_MS,
  };
}
