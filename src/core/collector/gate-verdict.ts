import { closest } from '../document/closest.ts';
import { isMap } from '../document/node.ts';
import type { Json, JsonMap } from '../document/node.ts';
import { fullVersion } from './version.ts';
import { lastOf, minorOf, nearestRange, rangeState, readMinors } from './version-range.ts';
import type { Minors, VersionRange } from './version-range.ts';

/** alpha and deprecated gates are off by themselves, beta and stable ones on (core `featuregate/stage.go`). */
export type GateStage = 'alpha' | 'beta' | 'stable' | 'deprecated';

const STAGES: readonly GateStage[] = ['alpha', 'beta', 'stable', 'deprecated'];

/** What is known of a feature gate, over all versions. */
export interface FeatureGate {
  readonly id: string;
  /** Minors of which it is known whether they have it. */
  readonly read: Minors;
  readonly stages: readonly { readonly stage: GateStage; readonly ranges: readonly VersionRange[] }[];
  /** The version that takes it away, as its own registration says. */
  readonly to?: string;
  readonly description?: string;
  /** Components (`receivers/file_log`) that bring it; absent: every collector has it. */
  readonly components?: readonly string[];
}

/** What a collector version does with the name of a feature gate. `unknown`: its module was not read near that version. */
export type GateVerdict =
  | {
      readonly verdict: 'present';
      readonly stage: GateStage;
      readonly to?: string;
      readonly description?: string;
    }
  | {
      readonly verdict: 'absent';
      /** `unheard-of`: no version that was read has it; another module may. */
      readonly reason: 'later' | 'removed' | 'unheard-of';
      /** The first version with it; the last. */
      readonly since?: string;
      readonly last?: string;
      readonly suggestion?: string;
    }
  | { readonly verdict: 'unknown' };

/** A gate that is on in one version and off in the other, where nobody sets it. */
export interface GateChange {
  readonly gate: FeatureGate;
  readonly from: GateStage;
  readonly to: GateStage;
}

/** The gates of `gates.json` (`{ gates: { id: { read, stages, … } } }`). What has another shape is left out. */
export function readGates(file: Json | undefined): ReadonlyMap<string, FeatureGate> {
  const gates = isMap(file) && isMap(file['gates']) ? file['gates'] : {};
  return new Map(
    Object.entries(gates).flatMap(([id, entry]) =>
      isMap(entry) ? [[id, readGate(id, entry)] as const] : [],
    ),
  );
}

function readGate(id: string, entry: JsonMap): FeatureGate {
  const stages = isMap(entry['stages']) ? entry['stages'] : {};
  const { read, to, description, components } = entry;
  return {
    id,
    read: readMinors(typeof read === 'string' ? read : ''),
    stages: STAGES.flatMap((stage) => {
      const ranges = stages[stage];
      if (ranges === true) return [{ stage, ranges: [{}] }];
      return Array.isArray(ranges) ? [{ stage, ranges: ranges.map(readRange) }] : [];
    }),
    ...(typeof to === 'string' && { to }),
    ...(typeof description === 'string' && { description }),
    ...(Array.isArray(components) && {
      components: components.filter((one): one is string => typeof one === 'string'),
    }),
  };
}

function readRange(range: Json): VersionRange {
  if (!isMap(range)) return {};
  return Object.fromEntries(
    ['since', 'notBefore', 'until', 'last'].flatMap((key) => {
      const value = range[key];
      return typeof value === 'string' ? [[key, value]] : [];
    }),
  );
}

/** What a collector version does with a gate's name. */
export function gateVerdict(
  gates: ReadonlyMap<string, FeatureGate>,
  id: string,
  version: string,
): GateVerdict {
  const minor = minorOf(version);
  const gate = gates.get(id);
  if (minor === undefined || gates.size === 0) return { verdict: 'unknown' };
  if (gate === undefined) {
    const there = [...gates.values()].filter((one) => stageAt(one, minor) !== undefined);
    const suggestion = closest(
      id,
      there.map((one) => one.id),
    );
    return { verdict: 'absent', reason: 'unheard-of', ...(suggestion !== undefined && { suggestion }) };
  }
  const stage = stageAt(gate, minor);
  if (stage !== undefined) {
    const { to, description } = gate;
    return {
      verdict: 'present',
      stage,
      ...(to !== undefined && { to }),
      ...(description !== undefined && { description }),
    };
  }
  if (!isAbsent(gate, minor)) return { verdict: 'unknown' };
  const ranges = gate.stages.flatMap((one) => one.ranges);
  const past = ranges
    .filter(({ until }) => (minorOf(until) ?? Infinity) <= minor)
    .toSorted((a, b) => (minorOf(a.until) ?? 0) - (minorOf(b.until) ?? 0))
    .at(-1);
  const last = past && lastOf(past);
  if (last !== undefined) return { verdict: 'absent', reason: 'removed', last: fullVersion(last) };
  const since = ranges
    .flatMap((range) => nearestRange([range], minor).next?.since ?? [])
    .toSorted((a, b) => (minorOf(a) ?? 0) - (minorOf(b) ?? 0))[0];
  return { verdict: 'absent', reason: 'later', ...(since !== undefined && { since: fullVersion(since) }) };
}

function stageAt(gate: FeatureGate, minor: number): GateStage | undefined {
  return gate.stages.find(({ ranges }) => rangeState(ranges, minor, gate.read) === 'holds')?.stage;
}

function isAbsent(gate: FeatureGate, minor: number): boolean {
  return gate.stages.every(({ ranges }) => rangeState(ranges, minor, gate.read) === 'holds-not');
}

/** The gates whose default two versions do not share, as far as both are known. */
export function gateChanges(
  gates: ReadonlyMap<string, FeatureGate>,
  before: string,
  after: string,
): readonly GateChange[] {
  const [old, fresh] = [minorOf(before), minorOf(after)];
  if (old === undefined || fresh === undefined) return [];
  return [...gates.values()].flatMap((gate) => {
    const [from, to] = [stageAt(gate, old), stageAt(gate, fresh)];
    return from !== undefined && to !== undefined && isOn(from) !== isOn(to) ? [{ gate, from, to }] : [];
  });
}

/** Whether a gate of this stage is on where nobody sets it. */
export function isOn(stage: GateStage): boolean {
  return stage === 'beta' || stage === 'stable';
}
