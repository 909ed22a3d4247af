import type { Distribution } from '../collector/distribution.ts';
import type { SourceRange } from '../document/finding.ts';

/** A scalar in a manifest with its place. */
export interface Placed<T> {
  readonly value: T;
  readonly at: SourceRange;
}

/** An environment variable of a container: a literal value or a reference (Secret, ConfigMap, field). */
export interface EnvironmentVariable {
  readonly name: string;
  readonly value?: Placed<string>;
  readonly from?: string;
  readonly at: SourceRange;
}

export interface Container {
  readonly name: string;
  readonly init: boolean;
  readonly image?: Placed<string>;
  readonly env: readonly EnvironmentVariable[];
  /** True where `envFrom` brings names that the file does not show. */
  readonly envFromUnknown: boolean;
}

/** A Deployment, DaemonSet or StatefulSet that runs a collector. */
export interface Workload {
  /** `Deployment/namespace/name`. */
  readonly key: string;
  readonly kind: 'Deployment' | 'DaemonSet' | 'StatefulSet';
  readonly namespace: string;
  readonly name: string;
  /** Absent for DaemonSets. */
  readonly replicas?: number;
  readonly containers: readonly Container[];
  /** True where its annotations ask a controller to restart it when a ConfigMap of its changes (Stakater Reloader). */
  readonly restartsOnConfig?: boolean;
  readonly at: SourceRange;
}

/**
 * A workload that runs an OpAMP-managed BindPlane agent: what its labels, image and environment say.
 * `labels` come from OPAMP_LABELS with the place of that value.
 */
export interface AgentWorkload {
  readonly workload: Workload;
  readonly container: Container;
  readonly distribution: Distribution;
  /** Version of the image tag without a leading `v`; undefined for `latest`, digests and no tag. */
  readonly version?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly labelsAt?: SourceRange;
  /** OPAMP_ENDPOINT, where it is a literal. */
  readonly endpoint?: Placed<string>;
  /** CONFIG_YAML_PATH, where it is a literal. */
  readonly configPath?: Placed<string>;
  /** MANAGER_YAML_PATH, where it is a literal; the agent writes this file at its start. */
  readonly managerPath?: Placed<string>;
}

/** Any Kubernetes object of the repository, enough for apply order and address checks. */
export interface ManifestObject {
  /** `Kind/namespace/name`, or `Kind/name` for cluster-wide kinds. */
  readonly key: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly at: SourceRange;
  readonly digest: string;
}

/** One object needing another (`ServiceAccount`, `Namespace`, `Secret` …). */
export interface ManifestReference {
  readonly from: string;
  readonly to: string;
  readonly at: SourceRange;
}
