import type { ComponentClass } from '../collector/component-id.ts';
import { destinationsOf } from '../collector/destinations.ts';
import type { Destination } from '../collector/destinations.ts';
import { listenersOf } from '../collector/listeners.ts';
import type { Listener } from '../collector/listeners.ts';
import { componentsOf, isUsed } from '../collector/pipelines.ts';
import type { AgentWorkload, Container } from '../kubernetes/workload.ts';
import type { RenderedConfiguration } from '../resources/rendered.ts';
import type { LintInput } from './rule.ts';
import type { RunningConfig } from './running.ts';

/** One config with one of its workloads, what it is made of computed when first asked for. */
export function runningConfig(
  rendered: RenderedConfiguration,
  runner: AgentWorkload | undefined,
  { catalogue, collectorVersion }: LintInput,
): RunningConfig {
  const { config } = rendered;
  const { tree } = config;
  const { workload, container } = runner ?? {};
  const distribution = runner?.distribution ?? 'unknown';
  const own =
    runner?.version === undefined ? undefined : catalogue.collectorVersion(distribution, runner.version);
  const version = own ?? (runner?.version === undefined ? collectorVersion : undefined);
  const context = {
    ...(version !== undefined && { version }),
    variables: literalVariables(container),
    canonicalType: (section: ComponentClass, type: string) => catalogue.canonicalType(section, type),
  };
  let listeners: readonly Listener[] | undefined;
  let destinations: readonly Destination[] | undefined;
  return {
    rendered,
    config,
    whole: config.unrendered.length === 0 && Object.keys(tree).length > 0,
    ...(workload && { workload }),
    ...(container && { container }),
    distribution,
    ...(version !== undefined && { version }),
    components: componentsOf(tree)
      .filter(({ class: section, id }) => isUsed(tree, section, id))
      .map((component) => ({
        ...component,
        type: catalogue.canonicalType(component.class, component.type),
      })),
    canonical: context.canonicalType,
    listeners: () => (listeners ??= listenersOf(tree, context)),
    destinations: () => (destinations ??= destinationsOf(tree, context)),
  };
}

/** The variables of a container that have a value in its manifest. */
function literalVariables(container: Container | undefined): ReadonlyMap<string, string> {
  return new Map(
    (container?.env ?? []).flatMap(({ name, value }) =>
      value === undefined || value.value.includes('$(') ? [] : [[name, value.value]],
    ),
  );
}
