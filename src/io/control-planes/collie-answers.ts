import { isMap } from '../../core/document/node.ts';
import type { Json, JsonMap } from '../../core/document/node.ts';
import type { RolloutTotals } from '../../core/rollout/view.ts';
import type {
  AgentPast,
  CheckedPhase,
  CheckWord,
  KeptPolicies,
  RolloutHold,
  RolloutLog,
  RolloutLogEvent,
} from '../../ports/control-plane.ts';
import type { Handover, HandoverState, HandoverStep } from '../../ports/handover.ts';
import { mapOf, mapsOf, numberOf, textOf } from './bindplane-answers.ts';

/** What a Collie server's own answers mean (app/api/schemas/rollout-log.ts). Missing parts become empty, never an error. */

/** `GET /v1/collie/rollouts/{name}/events`. */
export function rolloutLogOf(body: Json): RolloutLog {
  const answer = mapOf(body);
  const rollout = mapOf(answer['rollout']);
  return {
    rollout: {
      id: textOf(rollout['id']),
      configuration: textOf(rollout['configuration']),
      version: numberOf(rollout['version']),
      state: textOf(rollout['state']),
      ...text('reason', rollout),
    },
    totals: totalsOf(mapOf(answer['totals'])),
    events: mapsOf(answer['events']).map(eventOf),
  };
}

/** `GET /v1/collie/policies`. */
export function keptPoliciesOf(body: Json): KeptPolicies {
  const answer = mapOf(body);
  const { soakMs, ...timings } = mapOf(answer['timings']);
  const [deadlineMs, unhealthyMs, absenceMs] = ['deadlineMs', 'unhealthyMs', 'absenceMs'].map((key) =>
    numberOf(timings[key]),
  );
  const isTold = isMap(answer['timings']);
  const times = { deadlineMs: deadlineMs ?? 0, unhealthyMs: unhealthyMs ?? 0, absenceMs: absenceMs ?? 0 };
  const soak = typeof soakMs === 'number' ? { soakMs } : {};
  return { documents: mapsOf(answer['policies']), ...(isTold && { timings: { ...times, ...soak } }) };
}

/** `GET /v1/collie/agents/{id}/history`. */
export function agentPastsOf(body: Json): readonly AgentPast[] {
  return mapsOf(mapOf(body)['rollouts']).map((past) => ({
    rollout: textOf(past['rollout']),
    configuration: textOf(past['configuration']),
    version: numberOf(past['version']),
    state: textOf(past['state']),
    member: textOf(past['member']),
    ...text('fault', past),
    ...text('reason', past),
    events: mapsOf(past['events']).map(eventOf),
  }));
}

/** One of `GET /v1/collie/holds`: an empty name is everything, and the time is in milliseconds. */
export function holdOf(hold: JsonMap): RolloutHold {
  return {
    ...text('configuration', hold),
    reason: textOf(hold['reason']),
    by: textOf(hold['by']),
    at: new Date(Math.min(Math.max(0, numberOf(hold['at'])), LAST_MOMENT_MS)).toISOString(),
  };
}

/** The last moment that a date can be (ECMA-262 §21.4.1.1). */
const LAST_MOMENT_MS = 8.64e15;

/** `PUT /v1/collie/rollouts/{name}/checks`: phases count from 0 there, and what was said of earlier ones comes along. */
export function checkedPhaseOf(body: Json): CheckedPhase {
  const answer = mapOf(body);
  const phase = numberOf(answer['phase']);
  const said = mapsOf(answer['checks']).filter((check) => numberOf(check['phase']) === phase - 1);
  return {
    rollout: textOf(answer['rollout']),
    state: textOf(answer['state']),
    phase,
    checks: said.map((check) => ({
      name: textOf(check['name']),
      verdict: verdictOf(check['verdict']),
      evidence: textOf(check['evidence']),
    })),
  };
}

/** What is neither yes nor no is inconclusive. */
function verdictOf(value: Json | undefined): CheckWord['verdict'] {
  return value === 'pass' || value === 'fail' ? value : 'inconclusive';
}

const HANDOVER_STATES: readonly HandoverState[] = [
  'queued',
  'applying',
  'applied',
  'included',
  'stopped',
  'failed',
];
const STEP_STATES: readonly HandoverStep['state'][] = ['done', 'unchanged', 'external', 'failed', 'skipped'];

/**
 * `POST /v1/collie/applies` and `GET /v1/collie/applies/{id}`. Undefined for what has no id, or is in a state that is none: nobody could follow it, nor
 * tell its end. Whatever else is missing becomes empty.
 */
export function handoverOf(body: Json): Handover | undefined {
  const answer = mapOf(body);
  const id = textOf(answer['id']);
  const state = HANDOVER_STATES.find((known) => known === answer['state']);
  if (id === '' || state === undefined) return undefined;
  const pullRequest = countOf(answer['pullRequest']);
  return {
    id,
    repository: textOf(answer['repository']),
    branch: textOf(answer['branch']),
    commit: textOf(answer['commit']),
    ...(pullRequest === 0 ? {} : { pullRequest }),
    state,
    at: textOf(answer['at']),
    ...text('endedAt', answer),
    waitsFor: countOf(answer['waitsFor']),
    ...text('includedIn', answer),
    ...text('reason', answer),
    ...text('sentence', answer),
    steps: mapsOf(answer['steps']).map(stepOf),
    started: textsOf(answer['started']).filter((rollout) => /^.+:\d+$/.test(rollout)),
    differences: textsOf(answer['differences']),
  };
}

/** A step whose state is none failed, as far as anybody can tell. */
function stepOf(step: JsonMap): HandoverStep {
  return {
    text: textOf(step['text']),
    state: STEP_STATES.find((known) => known === step['state']) ?? 'failed',
    said: textOf(step['said']),
  };
}

function textsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string' && item !== '') : [];
}

/** A whole number from 0; 0 for everything else. */
function countOf(value: Json | undefined): number {
  const count = numberOf(value);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

function eventOf(event: JsonMap): RolloutLogEvent {
  return {
    seq: numberOf(event['seq']),
    at: textOf(event['at']),
    type: textOf(event['type']),
    ...text('agent', event),
    ...text('name', event),
    ...text('by', event),
    text: textOf(event['text']),
  };
}

function totalsOf(totals: JsonMap): RolloutTotals {
  return {
    agents: numberOf(totals['agents']),
    offered: numberOf(totals['offered']),
    applied: numberOf(totals['applied']),
    refused: numberOf(totals['refused']),
    restored: numberOf(totals['restored']),
    neverSaw: numberOf(totals['neverSaw']),
  };
}

/** A text under its key where there is one. */
function text<K extends string>(key: K, map: JsonMap): { readonly [P in K]?: string } {
  const value = map[key];
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- one computed key
  return typeof value === 'string' && value !== '' ? ({ [key]: value } as { readonly [P in K]: string }) : {};
}
