import type { AgentVersions } from './agent-versions.ts';
import { observedComponent } from './catalogue-data.ts';
import type { CatalogueData } from './catalogue-data.ts';
import type { ComponentClass } from './component-id.ts';
import type { Basis, ComponentKnowledge, ComponentVerdict, Question } from './component-verdict.ts';
import type { Distribution } from './distribution.ts';
import type { ObservedComponent } from './observed.ts';
import { fullVersion } from './version.ts';
import { minorOf, nearestRange, rangeState } from './version-range.ts';

/** How metadata.yaml calls the distributions. */
const CALLED: Readonly<Partial<Record<Distribution, string>>> = {
  otelcol: 'core',
  'otelcol-contrib': 'contrib',
  'otelcol-k8s': 'k8s',
};

/**
 * What a component's own metadata.yaml says of a distribution: never more than likely, since a distribution's release manifest decides.
 * Undefined where it does not tell.
 */
export function moduleVerdict(
  data: CatalogueData,
  agents: AgentVersions,
  question: Question,
  version: string,
): ComponentVerdict | undefined {
  const { componentClass, type, distribution } = question;
  const component = observedComponent(data, componentClass, type);
  const called = CALLED[distribution];
  const minor = minorOf(version);
  if (component === undefined || called === undefined || minor === undefined) return undefined;
  const read = component.read.metadata;
  const basis: Basis = { certainty: 'likely', data: `metadata of ${component.module}` };
  const inside = rangeState(component.distributions.get(called) ?? [], minor, read);
  if (inside === 'holds-not') return { verdict: 'absent', reason: 'not-included', ...basis };
  if (inside === 'unsure') return undefined;
  const ranges = component.names.get(type) ?? [];
  const named = rangeState(ranges, minor, read);
  if (named === 'holds') return { verdict: 'present', ...aliasAt(component, type, minor), ...basis };
  if (named === 'unsure') return undefined;
  const { next } = nearestRange(ranges, minor);
  const use = nameAt(component, minor);
  if (next?.since === undefined || use === undefined) return undefined;
  const agentSince = distribution === 'bindplane-agent' ? agents.firstWith(next.since)?.version : undefined;
  return {
    verdict: 'absent',
    reason: 'named-later',
    since: fullVersion(next.since),
    ...(agentSince === undefined ? {} : { agentSince }),
    use,
    ...basis,
  };
}

/** A name that is in use at a version. */
function nameAt(component: ObservedComponent, minor: number): string | undefined {
  return [...component.names].find(
    ([, ranges]) => rangeState(ranges, minor, component.read.metadata) === 'holds',
  )?.[0];
}

/** The newer name beside an old one that a version still takes. */
function aliasAt(
  component: ObservedComponent,
  type: string,
  minor: number,
): { readonly alias?: { readonly name: string; readonly since: string } } {
  const newest = component.names.get(component.type) ?? [];
  const since = newest.findLast((range) => range.since !== undefined)?.since;
  const both = rangeState(newest, minor, component.read.metadata) === 'holds';
  return component.type === type || !both || since === undefined
    ? {}
    : { alias: { name: component.type, since: fullVersion(since) } };
}

/** When a newer name of a component came, by its metadata; undefined when that is not between two versions read next to each other. */
export function moduleKnowledge(
  data: CatalogueData,
  agents: AgentVersions,
  componentClass: ComponentClass,
  type: string,
): ComponentKnowledge | undefined {
  const component = observedComponent(data, componentClass, type);
  if (component === undefined || component.type !== type) return undefined;
  const range = component.names.get(type)?.at(-1);
  const oldName = [...component.names.keys()].find((name) => name !== type);
  if (range?.since === undefined || range.notBefore !== undefined || oldName === undefined) return undefined;
  const agentSince = agents.firstWith(range.since)?.version;
  return {
    since: fullVersion(range.since),
    ...(agentSince === undefined ? {} : { agentSince }),
    oldName,
  };
}
