import { gatesFor } from '../gates/coverage.ts';
import type { GateResult, JudgedAgent } from '../gates/gate.ts';
import type { GateSetting } from '../rollout.ts';
import { judgeWave, type GateSettings } from '../gates/judge.ts';
import { GATES } from '../gates/index.ts';
import { soakOf } from './policy.ts';
import type { RolloutAgent } from './counts.ts';
import { offeredOf } from './counts.ts';
import { observed, type ServerObservation, type ServerRolloutRun } from './run.ts';

/** Silence of a disconnected agent that counts as an answer not given: three heartbeats of 30 s, as gate went-dark has it. */
const AWAY_MS = 90_000;

/** Gates that need what a BindPlane server does not tell are off, so that they are not counted as run. */
function possible(settings: GateSettings): GateSettings {
  const { possible: gates } = gatesFor('bindplane');
  const off = GATES.filter((gate) => !gates.includes(gate)).map(({ id }) => [id, { off: true }]);
  return { ...settings, ...Object.fromEntries(off) };
}

/**
 * What the gates say of the wave under way, as far as a BindPlane server tells it: counts, and of agents that somebody has
 * to look at their record. An agent that runs the version and is there has no name here, only a place in the counts.
 */
function judgeServerWave(run: ServerRolloutRun, observation: ServerObservation): readonly GateResult[] {
  const { at } = observation;
  return judgeWave(
    {
      now: at,
      canary: run.wave <= 0,
      settleMs: 0,
      soakEndsAt: run.soakUntil ?? at + soakOf(run.policy, run.wave, false),
      wave: waveOf(run, observation),
      controls: [],
      target: { pipelines: [], connectors: new Set(), retryMs: new Map() },
    },
    possible({ 'apply-failed': budgetOf(run), 'went-dark': budgetOf(run), ...run.policy.gates }),
  );
}

/** A run after one more look, with what the gates say of it now. */
export function judgedRun(
  before: ServerRolloutRun,
  observation: ServerObservation,
): { readonly run: ServerRolloutRun; readonly results: readonly GateResult[] } {
  const run = observed(before, observation);
  const results = judgeServerWave(run, observation);
  const gates = Object.fromEntries(results.map((result) => [result.gate, result]));
  return { run: { ...run, gates: { ...run.gates, ...gates } }, results };
}

/** In a later wave as many may refuse or fall silent as the policy allows, not as many as the gate would by itself. */
function budgetOf({ policy }: ServerRolloutRun): GateSetting {
  return { values: { agents: policy.maxErrors, percent: 0 } };
}

function waveOf(run: ServerRolloutRun, { at, rollout, agents }: ServerObservation): readonly JudgedAgent[] {
  const touched = Math.max(0, run.offered - run.offeredBefore);
  const named =
    agents === undefined
      ? counted(run, rollout.errors, rollout.pending)
      : sinceLastWave(run, agents).map((agent) => judged(run, agent, at));
  // Agents that dropped out of the counts are gone, though nobody named them yet.
  const gone = agents === undefined ? Math.max(0, run.offered - offeredOf(rollout)) : 0;
  const missing = Array.from({ length: gone }, (_, index) =>
    blank(run, `gone ${index + 1}`, { connected: false }),
  );
  const told = [...named, ...missing].slice(0, touched);
  const fine = Array.from({ length: touched - told.length }, (_, index) => ({
    ...blank(run, `applied ${index + 1}`, { connected: true }),
    appliedAt: run.progressAt,
  }));
  return [...told, ...fine];
}

/** Refusals that an earlier wave was allowed are no fault of this one; which agents they were of, the server does not say. */
function sinceLastWave(run: ServerRolloutRun, agents: readonly RolloutAgent[]): readonly RolloutAgent[] {
  const refused = agents.filter(({ state }) => state === 'refused');
  const earlier = new Set(refused.slice(0, run.refusedBefore));
  return agents.filter((agent) => !earlier.has(agent));
}

/** Agents that the counts tell of, without names. */
function counted(run: ServerRolloutRun, errors: number, pending: number): readonly JudgedAgent[] {
  const refused = Math.max(0, errors - run.refusedBefore);
  return [
    ...Array.from({ length: refused }, (_, index) => ({
      ...blank(run, `refused ${index + 1}`, { connected: true }),
      fault: { kind: 'refused' as const, message: '', at: run.progressAt },
    })),
    ...Array.from({ length: pending }, (_, index) => blank(run, `pending ${index + 1}`, { connected: true })),
  ];
}

function judged(
  run: ServerRolloutRun,
  { agent, state, message = '', awaySince }: RolloutAgent,
  now: number,
): JudgedAgent {
  const connected = agent.connected === true;
  const known = blank(run, agent.id, {
    connected,
    ...(connected ? {} : { awaySince: awaySince ?? run.progressAt }),
  });
  // A server waits for an agent for ever, and counts one no more once it is away; here both have their time.
  const limitMs = connected ? run.policy.deadlineMs : AWAY_MS;
  const silent = state === 'pending' && now - (known.observed?.awaySince ?? run.progressAt) >= limitMs;
  return {
    ...known,
    name: agent.name,
    ...(state === 'applied' ? { appliedAt: run.progressAt } : {}),
    ...(state === 'refused' ? { fault: { kind: 'refused', message, at: run.progressAt } } : {}),
    ...(silent ? { fault: { kind: 'no-answer', message: '', at: now } } : {}),
  };
}

function blank(
  run: ServerRolloutRun,
  id: string,
  presence: { readonly connected: boolean; readonly awaySince?: number },
): JudgedAgent {
  return {
    agent: id,
    name: id,
    stratum: '',
    offeredAt: run.waveAt,
    observed: { ...presence, takesConfig: true, hash: '', config: 'unset', message: '' },
  };
}
