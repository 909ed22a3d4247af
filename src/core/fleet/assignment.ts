import type { Resource } from '../bindplane/resource.ts';
import { compareText } from '../document/finding.ts';
import { matches, selectorOf } from './selector.ts';
import type { EmptySelector } from './selector.ts';

/** The label an agent joins a fleet with, and the one that names its configuration (reference/bindplane.md §1.4, §5). */
export const FLEET_LABEL = 'fleet';
export const CONFIGURATION_LABEL = 'configuration';

/** Configurations and fleets to choose from, and what an empty selector means (default `nobody`). */
export interface AssignmentContext {
  readonly configurations: readonly Resource[];
  readonly fleets: readonly Resource[];
  readonly emptySelector?: EmptySelector;
}

/**
 * Which configuration an agent gets, and by what. `others` are configurations that select the agent too and lose:
 * more than none means that the choice depends on the order of names.
 */
export interface Assignment {
  readonly configuration: Resource;
  readonly by: 'fleet' | 'label' | 'selector';
  readonly fleet?: Resource;
  readonly others: readonly Resource[];
}

/**
 * The configuration that an agent with these labels is to run, undefined when nothing is assigned.
 *
 * Order (reference/bindplane.md §1.4, §5): the fleet's configuration overrides the agent's `configuration=` label, which wins
 * over selectors; among several selectors the first by name. A fleet without a configuration (or with one that does not
 * exist) leaves the choice to what comes after it.
 */
export function desiredConfiguration(
  labels: Readonly<Record<string, string>>,
  context: AssignmentContext,
): Assignment | undefined {
  return assigner(context)(labels);
}

/** `desiredConfiguration` for many agents: what does not depend on the agent is worked out once. */
export function assigner(
  context: AssignmentContext,
): (labels: Readonly<Record<string, string>>) => Assignment | undefined {
  const configurations = byName(context.configurations);
  const selectors = configurations.map((configuration) => ({
    configuration,
    selector: selectorOf(configuration.spec),
  }));
  const fleetFor = fleetAssigner(context.fleets);
  return (labels) => {
    const fleet = fleetFor(labels);
    const ofFleet = fleet && named(configurations, fleetConfiguration(fleet));
    if (fleet !== undefined && ofFleet !== undefined) {
      return { configuration: ofFleet, by: 'fleet', fleet, others: [] };
    }
    const ofLabel = Object.hasOwn(labels, CONFIGURATION_LABEL)
      ? named(configurations, labels[CONFIGURATION_LABEL])
      : undefined;
    if (ofLabel !== undefined) return { configuration: ofLabel, by: 'label', others: [] };
    const [first, ...others] = selectors
      .filter(({ selector }) => matches(selector, labels, context.emptySelector))
      .map(({ configuration }) => configuration);
    return first && { configuration: first, by: 'selector', others };
  };
}

/**
 * The fleet an agent belongs to: the one its `fleet=` label names, else the first by name whose selector holds. A fleet
 * without selector takes members by that label only, on a BindPlane server too, so there is no `emptySelector` here.
 */
export function fleetOf(
  labels: Readonly<Record<string, string>>,
  fleets: readonly Resource[],
): Resource | undefined {
  return fleetAssigner(fleets)(labels);
}

function fleetAssigner(
  fleets: readonly Resource[],
): (labels: Readonly<Record<string, string>>) => Resource | undefined {
  const selectors = byName(fleets).map((fleet) => ({ fleet, selector: selectorOf(fleet.spec) }));
  return (labels) => {
    const ofLabel = Object.hasOwn(labels, FLEET_LABEL) ? named(fleets, labels[FLEET_LABEL]) : undefined;
    return ofLabel ?? selectors.find(({ selector }) => matches(selector, labels))?.fleet;
  };
}

/** The name in a Fleet's `spec.configuration` without a version; undefined while none is assigned. */
export function fleetConfiguration(fleet: Resource): string | undefined {
  const configuration = fleet.spec['configuration'];
  if (typeof configuration !== 'string' || configuration === '') return undefined;
  return configuration.split(':')[0];
}

function named(resources: readonly Resource[], name: string | undefined): Resource | undefined {
  return name === undefined ? undefined : resources.find((candidate) => candidate.name === name);
}

function byName(resources: readonly Resource[]): readonly Resource[] {
  return [...resources].sort((a, b) => compareText(a.name, b.name));
}
