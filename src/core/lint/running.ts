import type { ComponentClass } from '../collector/component-id.ts';
import type { Destination } from '../collector/destinations.ts';
import type { Distribution } from '../collector/distribution.ts';
import type { EffectiveConfig } from '../collector/effective-config.ts';
import type { Listener } from '../collector/listeners.ts';
import type { Component } from '../collector/pipelines.ts';
import type { Autoscaler, DisruptionBudget } from '../kubernetes/policies.ts';
import type { ServiceObject } from '../kubernetes/services.ts';
import type { Container, Workload } from '../kubernetes/workload.ts';
import type { RenderedConfiguration } from '../resources/rendered.ts';

/** A config and one workload that runs it; without `workload` nobody in the repository is known to. */
export interface RunningConfig {
  readonly rendered: RenderedConfiguration;
  readonly config: EffectiveConfig;
  /** Whether the config's text is the whole truth: what seems missing is missing. */
  readonly whole: boolean;
  readonly workload?: Workload;
  readonly container?: Container;
  readonly distribution: Distribution;
  /** Version of the collector inside, where it is known. */
  readonly version?: string;
  /** Components that pipelines or the service use, with current type names. */
  readonly components: readonly Component[];
  /** The current name of a component type. */
  readonly canonical: (section: ComponentClass, type: string) => string;
  /** The sockets it opens, and where it sends to. */
  readonly listeners: () => readonly Listener[];
  readonly destinations: () => readonly Destination[];
}

/** Somebody who sends to a workload: by which exporter, and through which Service. */
export interface Sender {
  readonly running: RunningConfig;
  readonly destination: Destination;
  readonly service: ServiceObject;
}

/** What the files say of everything that runs together. Made once for all rules; everything is found by key, and made when asked for. */
export interface Cluster {
  /** Every config that rules look into, once for each workload that runs it (once without, where none is known). */
  readonly running: readonly RunningConfig[];
  /** Workloads that run a collector, each once. */
  readonly workloads: readonly Workload[];
  /** Workloads of collectors that an operator or a chart makes: what they do not set is the tool's choice. */
  readonly made: readonly Workload[];
  /** What a workload runs. */
  runningIn(workload: Workload): readonly RunningConfig[];
  /** Services whose selector takes the workload's pods. */
  servicesOf(workload: Workload): readonly ServiceObject[];
  /** The Service that a host name means, seen from a workload or a namespace. */
  serviceFor(
    host: string,
    from: { readonly namespace?: string; readonly file: string },
  ): ServiceObject | undefined;
  /** Services of a namespace. */
  servicesIn(namespace: string): readonly ServiceObject[];
  budgetsOf(workload: Workload): readonly DisruptionBudget[];
  autoscalersOf(workload: Workload): readonly Autoscaler[];
  /** Who sends to its Services, itself left out. */
  sendersTo(workload: Workload): readonly Sender[];
}

/** The components of some class and types that it starts. */
export function startedComponents(
  { components }: RunningConfig,
  section: ComponentClass,
  types: readonly string[],
): readonly Component[] {
  return components.filter((component) => component.class === section && types.includes(component.type));
}

/** `Deployment otel-gateway`. */
export function workloadWords({ kind, name }: Workload): string {
  return `${kind} ${name}`;
}
