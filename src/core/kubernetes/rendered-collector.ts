import type { ReplacedList } from '../collector/config-node.ts';
import type { Distribution } from '../collector/distribution.ts';
import type { EffectiveConfig } from '../collector/effective-config.ts';
import type { Finding, SourceRange } from '../document/finding.ts';
import type { ServiceObject } from './services.ts';
import type { AddedKey } from './traced.ts';
import type { Placed, Workload } from './workload.ts';

/** How a collector runs. A sidecar has no workload of its own: it is put into the pods that ask for it. */
export type CollectorMode = 'deployment' | 'daemonset' | 'statefulset' | 'sidecar';

/** The config of a rendered collector. `added` says of the keys that nobody wrote why they are there; longest prefix wins. */
export interface RenderedConfig extends Pick<EffectiveConfig, 'text' | 'tree' | 'provenance'> {
  readonly added: readonly AddedKey[];
  /** Lists of an earlier `--config` that a later one replaced, with what got lost by it; absent: none. */
  readonly replaced?: readonly ReplacedList[];
}

/** A port of a container. */
export interface ContainerPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly hostPort?: number;
  readonly at: SourceRange;
}

/** A port of a Service. */
export interface RenderedServicePort {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number | string;
  readonly protocol: string;
  readonly appProtocol?: string;
  readonly nodePort?: number;
  readonly at: SourceRange;
}

/** A Service that comes with a collector. `internalTrafficPolicy` is absent where the tool sets none. */
export interface RenderedService extends ServiceObject {
  readonly ports: readonly RenderedServicePort[];
  readonly internalTrafficPolicy?: string;
}

/** A rule of a ClusterRole. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** A ClusterRole with its rules, in the order in which the tool writes them. */
export interface RenderedRole {
  readonly name: string;
  readonly rules: readonly PolicyRule[];
}

/** When replicas follow load: the HorizontalPodAutoscaler that comes with the collector. */
export interface RenderedAutoscaler {
  readonly min?: number;
  readonly max: number;
}

/** A ConfigMap's key that holds the config, and the file as which the collector reads it. */
export interface ConfigSource {
  readonly configMap: string;
  readonly key: string;
  readonly file: string;
}

/**
 * One collector as Kubernetes will run it, made from values or a custom resource. `config` is absent where it cannot be told or is
 * somebody else's (an existing ConfigMap); then `unrendered` or a finding says so. Whatever could not be shown is in `unrendered`, a
 * sentence each; with none the rendering is whole.
 */
export interface RenderedCollector {
  /** For people: what it was made from (`Helm release shop, chart opentelemetry-collector 0.170.0`). */
  readonly title: string;
  readonly namespace: string;
  readonly mode?: CollectorMode;
  readonly config?: RenderedConfig;
  readonly source?: ConfigSource;
  /** Absent for sidecars, and where the mode is not known. */
  readonly workload?: Workload;
  readonly args: readonly string[];
  readonly image?: Placed<string>;
  readonly distribution: Distribution;
  /** Version of the image tag; absent for `latest` and digests. */
  readonly version?: string;
  readonly autoscaler?: RenderedAutoscaler;
  readonly ports: readonly ContainerPort[];
  readonly services: readonly RenderedService[];
  /** The ServiceAccount that the pods run as. */
  readonly serviceAccount?: string;
  /** The ClusterRole that the tool makes; absent where it makes none. */
  readonly role?: RenderedRole;
  readonly findings: readonly Finding[];
  readonly unrendered: readonly string[];
  /** What was taken for granted where no file says it (the chart's version): the rendering is whole, if that is so. */
  readonly assumed?: readonly string[];
  readonly at: SourceRange;
}
