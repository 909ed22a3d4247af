import type { Json, JsonMap } from '../../document/node.ts';
import { isMap } from '../../document/node.ts';
import type { Amount, PolicySpec, PolicyStage } from '../policy.ts';
import type { GateSetting, RolloutWindow } from '../rollout.ts';
import { DAY_MINUTES } from './values.ts';

/** The only version of policy documents. */
const POLICY_API_VERSION = 'collie.dev/v1';

/**
 * A policy as a document, with the keys in the order of the schema; what the policy leaves open is left out. Reading it again
 * gives the same policy, and two documents that say the same give the same document.
 */
export function policyDocument(policy: PolicySpec): JsonMap {
  return {
    apiVersion: POLICY_API_VERSION,
    kind: 'RolloutPolicy',
    metadata: { name: policy.name },
    spec: policyFields(policy),
  };
}

/** `spec` of the document. */
function policyFields(policy: PolicySpec): JsonMap {
  const { profile, stages, gates, windows, onRegression, onInvalid } = policy;
  return compact({
    profile,
    waves: stages?.map(wave),
    canary: {
      strata: policy.strata?.map((label) => `labels.${label}`),
      perStratum: policy.perStratum,
      max: policy.canaryMaximum,
      control: policy.controls,
    },
    batches: {
      growth: policy.growth,
      steps: policy.shares?.map(shareText),
      maxConcurrent: policy.maxConcurrent,
    },
    budget: {
      maxBadAgents: amount(policy.maxBadAgents),
      maxUnavailablePerDomain: { label: policy.domainLabel, max: share(policy.domainShare) },
    },
    soak: {
      settle: duration(policy.settleMs),
      canary: policy.canarySoakAuto === true ? 'auto' : duration(policy.canarySoakMs),
      batch: duration(policy.soakMs),
      final: duration(policy.finalSoakMs),
    },
    deadlines: {
      apply: duration(policy.deadlineMs),
      wave: duration(policy.phaseMs),
      rollout: duration(policy.rolloutMs),
      offlineQuorum: share(policy.offlineQuorum),
    },
    onRegression,
    onInvalid,
    gates:
      gates && Object.fromEntries(Object.entries(gates).map(([id, setting]) => [id, gate(setting)] as const)),
    checks: policy.checks?.slice(),
    windows: windows?.map(windowFields),
  });
}

type Loose = { readonly [key: string]: Loose | Json | undefined };

/** Without what is absent; maps of which nothing is left are absent too, lists and gates never. */
function compact(fields: Loose): JsonMap {
  const kept: [string, Json][] = [];
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (!isLoose(value) || key === 'gates') {
      // eslint-disable-next-line typescript/no-unsafe-type-assertion -- what is no loose map is plain data
      kept.push([key, value as Json]);
      continue;
    }
    const inner = compact(value);
    if (Object.keys(inner).length > 0) kept.push([key, inner]);
  }
  return Object.fromEntries(kept);
}

function isLoose(value: Loose | Json): value is Loose {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- asked of its shape alone
  return isMap(value as Json);
}

function wave({ name, matchLabels = {}, approval, profile }: PolicyStage): JsonMap {
  return {
    name,
    ...(Object.keys(matchLabels).length > 0 && { selector: { matchLabels: { ...matchLabels } } }),
    ...(approval === true && { approval }),
    ...(profile !== undefined && { profile }),
  };
}

function gate({ shadow, off, action, values = {} }: GateSetting): JsonMap {
  return {
    ...(shadow !== undefined && { shadow }),
    ...(off !== undefined && { off }),
    ...(action !== undefined && { action }),
    ...values,
  };
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

function windowFields({ days, fromMinute, toMinute, timeZone }: RolloutWindow): JsonMap {
  const wholeDay = fromMinute === 0 && toMinute === DAY_MINUTES;
  return {
    ...(days.length < DAYS.length && { days: daysText(days) }),
    ...(!wholeDay && { hours: `${clockText(fromMinute)}-${clockText(toMinute)}` }),
    tz: timeZone,
  };
}

/** Days in a row as `Mon-Thu`, others as `Mon,Wed`. */
function daysText(days: readonly number[]): string {
  const name = (day: number | undefined): string => DAYS[(day ?? 0) - 1] ?? '';
  const [first, last] = [days[0], days.at(-1)];
  const inRow = days.length > 2 && days.every((day, index) => day === (first ?? 0) + index);
  return inRow ? `${name(first)}-${name(last)}` : days.map(name).join(',');
}

function clockText(minute: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

function amount(value: Amount | undefined): Json | undefined {
  if (value === undefined) return undefined;
  return 'agents' in value ? value.agents : shareText(value.share);
}

function share(value: number | undefined): string | undefined {
  return value === undefined ? undefined : shareText(value);
}

/** `0.025` as `2.5%`. */
export function shareText(value: number): string {
  return `${Number((value * 100).toPrecision(12))}%`;
}

function duration(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : goDuration(milliseconds);
}

/** A Go duration: `1h30m`, `90s` as `1m30s`, `0s`. */
export function goDuration(milliseconds: number): string {
  const hours = Math.floor(milliseconds / 3_600_000);
  const minutes = Math.floor((milliseconds % 3_600_000) / 60_000);
  const rest = milliseconds % 60_000;
  const seconds = Math.floor(rest / 1000);
  const left = Number((rest - seconds * 1000).toPrecision(12));
  const parts = [
    [hours, 'h'],
    [minutes, 'm'],
    [seconds, 's'],
    [left, 'ms'],
  ] as const;
  const written = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count}${unit}`);
  return written.length === 0 ? '0s' : written.join('');
}
