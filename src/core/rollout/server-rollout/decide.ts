import { durationText, someOf } from '../gates/words.ts';
import type { GateResult } from '../gates/gate.ts';
import type { RolloutAgent } from './counts.ts';
import { offeredOf } from './counts.ts';
import { judgedRun } from './judge.ts';
import { holdsWaves, soakOf } from './policy.ts';
import type { ServerObservation, ServerRolloutRun } from './run.ts';

/** How a rollout ended: in words of the view that people read. */
export type ServerOutcome = 'stable' | 'no-agents' | 'failed' | 'replaced' | 'paused';

/**
 * What is to be done about a rollout on a BindPlane server. `ask`: look at its agents and decide again; `pause`: hold the next
 * wave back; `continue`: release it; `undo`: stop, and bring the previous version back; `end`: nothing more, with `pause` where
 * the server must be kept from going on.
 */
export type ServerDecision =
  | { readonly kind: 'wait' | 'ask' | 'pause' | 'continue' | 'undo'; readonly reason: string }
  | {
      readonly kind: 'end';
      readonly reason: string;
      readonly outcome: ServerOutcome;
      readonly pause: boolean;
    };

/** Without any batch for so long a started rollout will never release one: its options are zero. BindPlane's clock ticks every 5 s. */
const NO_BATCH_MS = 60_000;

/** How often agents are looked at one by one while the counts of a paused rollout stand still. */
const STALE_MS = 10_000;
/** What an inconclusive wave gets at least: longer than the silence that gate went-dark counts. */
const GRACE_MS = 120_000;

interface Decided {
  readonly run: ServerRolloutRun;
  readonly decision: ServerDecision;
}

/**
 * What to do about a rollout that a BindPlane server runs, after one more look at it. Pure: the same run and look give the same
 * decision, and nothing here depends on how it was come to. The traps of reference/bindplane.md §5 are all decided here:
 * Stable with nobody in it, options of zero, agents that drop out of the counts or never answer, a pause that is not ours.
 */
export function decideServerRollout(before: ServerRolloutRun, observation: ServerObservation): Decided {
  const { run, results } = judgedRun(before, observation);
  const { rollout } = observation;
  if (rollout.version !== run.version || rollout.status === 'replaced') {
    return end(run, 'replaced', `version ${newer(rollout.version, run.version)} took its place`);
  }
  if (rollout.status === 'pending') return wait(run, 'not started yet');
  return (
    failure(run, observation, results) ??
    (run.offered === 0 ? nobody(run, observation) : next(run, observation, results))
  );
}

function newer(version: number, own: number): string {
  return version === own ? 'a newer one' : String(version);
}

/** What stops it: the server's own verdict, too many errors, silence, a gate. */
function failure(
  run: ServerRolloutRun,
  observation: ServerObservation,
  results: readonly GateResult[],
): Decided | undefined {
  const { errors, completed, pending, status } = observation.rollout;
  const { maxErrors } = run.policy;
  const told = `${errors} of ${count(run.offered, 'agent')} refused it, ${maxErrors} ${maxErrors === 1 ? 'was' : 'were'} allowed`;
  if (status === 'stable' && pending === 0 && completed === 0 && errors > 0) {
    return fail(run, `the server calls it Stable, and nobody took it: ${told}`);
  }
  if (status === 'error' || errors > maxErrors) return fail(run, told);
  const failed = results.filter(({ verdict, shadow }) => verdict === 'fail' && !shadow);
  // The counts say how many, and people ask who.
  if (failed.length > 0 && observation.agents === undefined) return ask(run, 'a gate failed');
  const worst = failed.find(({ action }) => action === 'rollback');
  if (worst !== undefined) return fail(run, named(worst, observation));
  const silent = silence(run, observation);
  const [gate] = failed;
  if (silent !== undefined || gate === undefined) return silent;
  // Nothing is left to hold back of one that is Stable.
  return end(run, status === 'stable' ? 'failed' : 'paused', named(gate, observation), status === 'started');
}

/** A gate's evidence with the names of the agents that show it, where they are known. */
function named({ evidence, agents: ids }: GateResult, { agents = [] }: ServerObservation): string {
  const names = agents.filter(({ agent }) => ids.includes(agent.id)).map(({ agent }) => agent.name);
  return names.length === 0 ? evidence : `${evidence}: ${quotedNames(names)}`;
}

/** Names between backticks, as sentences of ours quote what is not ours. */
function quotedNames(names: readonly string[]): string {
  return someOf(names.map((name) => `\`${name.replaceAll('`', "'")}\``));
}

/** Agents that do not answer: BindPlane releases no further batch before they do or go away, and so would wait for ever. */
function silence(run: ServerRolloutRun, observation: ServerObservation): Decided | undefined {
  const { at, rollout, agents } = observation;
  const { maxErrors, deadlineMs } = run.policy;
  const silent = pendingOf(observation);
  if (silent === 0 || run.soakUntil !== undefined || at - run.progressAt < deadlineMs) return undefined;
  if (agents === undefined) return ask(run, 'agents do not answer');
  const names = agents.filter(isPending).map(({ agent }) => agent.name);
  const reason = `${quotedNames(names)} did not answer within ${durationText(deadlineMs)}`;
  if (rollout.errors + silent > maxErrors) return fail(run, reason);
  const allowed = `${reason}, which is allowed; BindPlane releases nobody else before`;
  return end(run, 'paused', allowed, rollout.status === 'started');
}

/** Agents without an answer; a paused server may not count anew, so what the agents themselves show goes first. */
function pendingOf({ rollout, agents }: ServerObservation): number {
  if (agents === undefined) return rollout.pending;
  return agents.filter(isPending).length;
}

function isPending({ state, agent }: RolloutAgent): boolean {
  return state === 'pending' && agent.connected === true;
}

/** Nobody was ever given it: there is no agent, or the server releases none. */
function nobody(run: ServerRolloutRun, { at, rollout }: ServerObservation): Decided {
  if (rollout.status === 'stable') return end(run, 'no-agents', 'no agent is there to take it');
  if (rollout.status === 'paused') return theirs(run);
  if (rollout.waiting > 0 && at - run.progressAt >= NO_BATCH_MS) {
    return end(
      run,
      'failed',
      `the server has released nobody for ${durationText(NO_BATCH_MS)}: a rollout that was started with options of zero never does; apply a new version`,
    );
  }
  return wait(run, 'waiting for the first batch');
}

/** Nothing is wrong so far: what the pace asks for. */
function next(
  run: ServerRolloutRun,
  observation: ServerObservation,
  results: readonly GateResult[],
): Decided {
  const { status, pending, waiting } = observation.rollout;
  if (status === 'stable') {
    // Agents that return get it later; that takes nothing from its end.
    return pending > 0 ? wait(run, 'Stable, and agents are still pending') : soak(run, observation, results);
  }
  if (status === 'paused') return held(run, observation, results);
  if (run.pace === 'stages') return stage(run, observation, results);
  if (run.pace === 'held' && !run.overruled && waiting > 0 && run.wave > run.passed) {
    const reason = `wave ${run.wave + 1} soaks for ${durationText(soakOf(run.policy, run.wave, false))} before the next`;
    return { run: { ...run, holding: true }, decision: { kind: 'pause', reason } };
  }
  if (pending === 0 && waiting > 0 && observation.at - run.progressAt >= NO_BATCH_MS) {
    return end(run, 'paused', `the server has released nobody else for ${durationText(NO_BATCH_MS)}`, true);
  }
  return wait(run, pending > 0 ? answers(pending) : 'between two batches');
}

/** Paused: by this run, to let the wave soak, or by somebody else, who will know why. */
function held(
  run: ServerRolloutRun,
  observation: ServerObservation,
  results: readonly GateResult[],
): Decided {
  if (!run.holding) return theirs(run);
  const open = pendingOf(observation);
  if (open === 0 || run.soakUntil !== undefined) return soak(run, observation, results);
  const stale = observation.at - run.askedAt >= STALE_MS;
  return stale ? ask(run, 'a paused server may not count anew') : wait(run, answers(open));
}

/** A stage is over when nobody in it is pending or waiting; the server then waits to be told to go on. */
function stage(
  run: ServerRolloutRun,
  observation: ServerObservation,
  results: readonly GateResult[],
): Decided {
  const { rollout } = observation;
  const now = rollout.stages?.[run.wave];
  const open = now === undefined ? rollout.pending : now.pending + now.waiting;
  if (open > 0) return wait(run, answers(open));
  if (rollout.waiting === 0) return wait(run, 'the last stage is over');
  if (now !== undefined && offeredOf(now) === 0) {
    return letThrough(run, observation, `stage ${stageName(run, observation)} has no agent`);
  }
  if (!holdsWaves(run.policy)) {
    return end(
      run,
      'paused',
      `stage ${stageName(run, observation)} is over, and nothing says to go on by itself`,
    );
  }
  return soak(run, observation, results);
}

function stageName(run: ServerRolloutRun, { rollout }: ServerObservation): string {
  return rollout.stages?.[run.wave]?.name ?? String(run.wave + 1);
}

/** Everybody in the wave has answered: it is looked at for the soak, its agents last, then comes the next wave or the end. */
function soak(
  run: ServerRolloutRun,
  observation: ServerObservation,
  results: readonly GateResult[],
): Decided {
  const { at, rollout, agents } = observation;
  const soakMs = soakOf(run.policy, run.wave, rollout.status === 'stable');
  const until = run.soakUntil ?? at + soakMs;
  const soaking = { ...run, soakUntil: until };
  if (at < until) return wait(soaking, `everybody answered; soaks for ${durationText(until - at)} more`);
  const gone = run.offered > offeredOf(rollout);
  if (agents === undefined && (soakMs > 0 || gone)) return ask(soaking, 'the soak is over');
  const open = results.find(({ verdict, shadow }) => verdict === 'inconclusive' && !shadow);
  if (open !== undefined) return inconclusive(soaking, observation, open);
  if (rollout.status === 'stable') {
    return end(soaking, 'stable', `${count(rollout.completed, 'agent')} applied it`);
  }
  const passed = results.map(({ evidence }) => evidence).join('; ');
  return letThrough(run, observation, `wave ${run.wave + 1} passed: ${passed}`);
}

/** The next stage may wait for somebody to approve it, by the policy; batches have no names that a policy could mean. */
function letThrough(run: ServerRolloutRun, { at, rollout }: ServerObservation, reason: string): Decided {
  const next = run.pace === 'stages' ? rollout.stages?.[run.wave + 1]?.name : undefined;
  const asks = run.policy.waves?.some(({ name, approval }) => name === next && approval === true);
  return asks === true
    ? end(run, 'paused', `${reason}; stage ${next ?? ''} waits for somebody to approve it`)
    : goOn(run, at, reason);
}

/** The next wave is let through. */
function goOn(run: ServerRolloutRun, at: number, reason: string): Decided {
  const { soakUntil: _soaked, ...rest } = run;
  return {
    run: { ...rest, holding: false, extended: false, passed: run.wave, progressAt: at },
    decision: { kind: 'continue', reason },
  };
}

/** Not enough to say is never a pass: the wave is looked at once more, then people are asked. */
function inconclusive(
  run: ServerRolloutRun,
  { at, rollout }: ServerObservation,
  { evidence }: GateResult,
): Decided {
  if (!run.extended) {
    const soakUntil = at + Math.max(soakOf(run.policy, run.wave, false), GRACE_MS);
    return wait({ ...run, extended: true, soakUntil }, `not enough to say: ${evidence}`);
  }
  return rollout.status === 'stable'
    ? end(run, 'stable', `${evidence}; who is away gets the version on return`)
    : end(run, 'paused', evidence);
}

function theirs(run: ServerRolloutRun): Decided {
  return wait(run, 'paused by somebody else');
}

function answers(pending: number): string {
  return `${count(pending, 'agent')} ${pending === 1 ? 'has' : 'have'} not answered yet`;
}

/** Stops it; what somebody runs, or may run, is undone. One that refused went back to what it ran before by itself. */
function fail(run: ServerRolloutRun, reason: string): Decided {
  const errors = run.last?.errors ?? 0;
  const running = run.offered - errors > 0;
  return run.policy.rollbackOnFailure && running
    ? { run, decision: { kind: 'undo', reason } }
    : end(run, 'failed', reason, run.last?.status === 'started');
}

function ask(run: ServerRolloutRun, reason: string): Decided {
  return { run, decision: { kind: 'ask', reason } };
}

function wait(run: ServerRolloutRun, reason: string): Decided {
  return { run, decision: { kind: 'wait', reason } };
}

function end(run: ServerRolloutRun, outcome: ServerOutcome, reason: string, pause: boolean = false): Decided {
  return { run, decision: { kind: 'end', outcome, reason, pause } };
}

function count(agents: number, word: string): string {
  return `${agents} ${word}${agents === 1 ? '' : 's'}`;
}
