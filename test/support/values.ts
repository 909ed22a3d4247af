import type { Finding, SourceRange } from '../../src/core/document/finding.ts';
import type { JsonMap } from '../../src/core/document/node.ts';
import type { Resource, ResourceKey } from '../../src/core/bindplane/resource.ts';
import { KINDS } from '../../src/core/bindplane/resource.ts';
import type { EffectiveConfig } from '../../src/core/collector/effective-config.ts';
import type { ConfigDiff } from '../../src/core/diff/configs.ts';
import type { Agent } from '../../src/core/fleet/agent.ts';
import type { ConfigurationPlan, Plan } from '../../src/core/plan/plan.ts';
import type { RolloutView } from '../../src/core/rollout/view.ts';

/** Small builders of the central values: each takes what a test is about and fills in the rest. */

/** A place; one character wide unless told. */
export function place(file: string, line: number, column: number = 1, endLine: number = line): SourceRange {
  return { file, line, column, endLine, endColumn: column + 1 };
}

export function finding(overrides: Partial<Finding> = {}): Finding {
  return { rule: 'BPR-004', severity: 'warning', message: 'something is off', ...overrides };
}

/** A resource whose document spans `lines` (first and last line) of `file`. */
export function resource(
  key: ResourceKey,
  options: { spec?: JsonMap; file?: string; lines?: readonly [number, number]; digest?: string } = {},
): Resource {
  const slash = key.indexOf('/');
  const kind = KINDS.find((one) => one === key.slice(0, slash)) ?? 'Source';
  const [first, last] = options.lines ?? [1, 1];
  const at = place(options.file ?? 'resources.yaml', first, 1, last);
  return {
    key,
    kind,
    name: key.slice(slash + 1),
    apiVersion: 'bindplane.observiq.com/v1',
    metadata: { name: key.slice(slash + 1) },
    labels: {},
    spec: options.spec ?? {},
    digest: options.digest ?? 'd'.repeat(64),
    document: { kind: 'map', entries: [], at },
    at,
  };
}

export function effectiveConfig(
  name: string,
  text: string,
  overrides: Partial<EffectiveConfig> = {},
): EffectiveConfig {
  return {
    configuration: `Configuration/${name}`,
    name,
    text,
    tree: {},
    provenance: [],
    unrendered: [],
    unverifiedTypes: [],
    ...overrides,
  };
}

export function agent(name: string, version: string, overrides: Partial<Agent> = {}): Agent {
  return {
    id: name,
    name,
    version,
    distribution: 'bindplane-agent',
    platform: 'kubernetes-daemonset',
    labels: {},
    ...overrides,
  };
}

/** A diff of one hunk from drawn lines; counts are counted. */
export function configDiff(
  lines: readonly string[],
  afterLine: number = 1,
  beforeLine: number = afterLine,
): ConfigDiff {
  return {
    added: lines.filter((line) => line.startsWith('+')).length,
    removed: lines.filter((line) => line.startsWith('-')).length,
    hunks: lines.length === 0 ? [] : [{ beforeLine, afterLine, lines }],
  };
}

export function configurationPlan(
  name: string,
  overrides: Partial<ConfigurationPlan> = {},
): ConfigurationPlan {
  const key: ResourceKey = `Configuration/${name}`;
  return {
    key,
    name,
    uses: new Set(),
    diff: configDiff([]),
    target: { configuration: key, fleets: [], workloads: [] },
    reach: { count: 0, unit: 'agents' },
    refusals: [],
    rollout: false,
    ...overrides,
  };
}

export function plan(overrides: Partial<Plan> = {}): Plan {
  return {
    changes: [],
    steps: [],
    configurations: [],
    findings: [],
    digest: '3f2a9c1e'.padEnd(64, '0'),
    applyable: true,
    complete: true,
    incompleteReasons: [],
    risk: { level: 'none', reasons: [] },
    unmanaged: 0,
    counts: { files: 1, resources: 1, configurations: 1 },
    ...overrides,
  };
}

export function rolloutView(overrides: Partial<RolloutView> = {}): RolloutView {
  return {
    configuration: 'shop-node',
    toVersion: 2,
    state: 'started',
    waves: [],
    totals: { agents: 0, offered: 0, applied: 0, refused: 0, restored: 0, neverSaw: 0 },
    errors: [],
    timeline: [],
    engine: 'collie',
    ...overrides,
  };
}
