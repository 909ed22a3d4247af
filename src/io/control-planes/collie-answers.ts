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
