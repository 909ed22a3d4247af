import type { EffectiveConfig } from '../../collector/effective-config.ts';
import { provenanceOf } from '../../collector/provenance.ts';
import type { Finding, RelatedPlace, SourceRange } from '../../document/finding.ts';
import type { Json } from '../../document/node.ts';
import type { AgentWorkload, Container } from '../../kubernetes/workload.ts';
import { rendersOf } from '../rule.ts';
import type { LintInput, Rule } from '../rule.ts';
import type { Cluster } from '../running.ts';

export const variableRule: Rule = {
  id: 'BPR-008',
  severity: 'error',
  summary: 'A `${VARIABLE}` that the agent does not have',
  docs:
    'Variables are expanded on the agent, with its own environment. One that no container variable defines becomes the empty text: the config is accepted, the rollout is stable, and the backend refuses the empty token. ' +
    'Define it in the manifest of the agent that gets the configuration (from a Secret).',
  check,
};

/** Set by the BindPlane agent itself or by its image (reference/bindplane.md §2.1, §2.2), and by kubeagent. */
const SET_BY_AGENT: readonly string[] = ['OIQ_OTEL_COLLECTOR_HOME', 'KM_AGENT_VERSION'];

function check(input: LintInput, cluster: Cluster): readonly Finding[] {
  const byKey = Map.groupBy(cluster.workloads, ({ key }) => key);
  return rendersOf(input).flatMap(({ key, delivered, config }) => {
    // What a chart of a version that nobody named runs may be told its variables at the command line.
    const severity = (config.assumed?.length ?? 0) > 0 ? 'warning' : 'error';
    const workloads = input.head.targets.get(key)?.workloads ?? [];
    if (workloads.length === 0) return [];
    const used = Map.groupBy(namesIn(delivered.tree, []), ({ name }) => name);
    return [...used].flatMap(([name, places]) => {
      // Of several manifests of one workload, any may be the one that runs.
      const without = SET_BY_AGENT.includes(name)
        ? []
        : workloads.filter(
            ({ workload, container }) =>
              !defines(container, name) &&
              !byKey
                .get(workload.key)
                ?.some(({ containers }) => containers.some((other) => defines(other, name))),
          );
      if (without.length === 0) return [];
      return placesOf(name, places, delivered).map((place) => finding(place, without, key, severity));
    });
  });
}

interface Variable {
  readonly name: string;
  readonly at?: SourceRange;
  readonly via?: SourceRange;
}

function finding(
  { name, at, via }: Variable,
  without: readonly AgentWorkload[],
  configuration: string,
  severity: 'error' | 'warning',
): Finding {
  const names = without.map(({ workload }) => `${workload.kind} ${workload.name}`).join(', ');
  const related: RelatedPlace[] = without.map(({ workload, container }) => ({
    message: `${workload.kind} ${workload.name}: no variable ${name}`,
    at: container.env[0]?.at ?? container.image?.at ?? workload.at,
  }));
  if (via !== undefined) related.push({ message: `used by ${configuration.replace('/', ' ')}`, at: via });
  const [first] = related;
  return {
    rule: variableRule.id,
    severity,
    message: `\${${name}} is not defined on the agent that gets this (${names}): it becomes the empty text`,
    ...(at && { at }),
    related,
    fixes: [
      { title: `define ${name} in the container's \`env\`, from a Secret`, ...(first && { at: first.at }) },
    ],
    configuration,
  };
}

/** A variable that nobody defines once for each place it comes from. Finding places costs more than finding variables, so only these have any. */
function placesOf(
  name: string,
  uses: readonly { readonly path: readonly string[] }[],
  config: EffectiveConfig,
): readonly Variable[] {
  const found = new Map<string, Variable>();
  for (const { path } of uses) {
    const entry = provenanceOf(config, path);
    const key = entry === undefined ? '' : `${entry.at.file} ${entry.at.line} ${entry.at.column}`;
    if (found.has(key)) continue;
    found.set(key, { name, ...(entry && { at: entry.at }), ...(entry?.via && { via: entry.via }) });
  }
  return [...found.values()];
}

/** `${NAME}` and `${env:NAME}`; `$$` is a dollar sign (core `confmap/expand.go`). Those with a default (`${env:A:-b}`) need no definition. */
const VARIABLE = /\$\$|\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(:-)?[^}]*\}/g;

function namesIn(value: Json, path: readonly string[]): readonly { path: readonly string[]; name: string }[] {
  if (typeof value === 'string') {
    return [...value.matchAll(VARIABLE)].flatMap(([, name, fallback]) =>
      name === undefined || fallback !== undefined ? [] : [{ path, name }],
    );
  }
  if (value === null || typeof value !== 'object') return [];
  const entries: readonly (readonly [string, Json])[] = Array.isArray(value)
    ? value.map((item: Json, index) => [String(index), item])
    : Object.entries(value);
  return entries.flatMap(([key, child]) => namesIn(child, [...path, key]));
}

function defines(container: Container, name: string): boolean {
  return container.envFromUnknown || container.env.some((variable) => variable.name === name);
}
