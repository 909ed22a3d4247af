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
  /** The key of a Secret or ConfigMap that fills it, where one does. */
  readonly key?: { readonly of: string; readonly name: string };
  readonly at: SourceRange;
}

export interface Container {
  readonly name: string;
  readonly init: boolean;
  readonly image?: Placed<string>;
  readonly env: readonly EnvironmentVariable[];
  /** True where `envFrom` brings names that the file does not show. */
  readonly envFromUnknown: boolean;
  /** The rest of its entry, where a manifest, a custom resource or values show it. */
  readonly spec?: ContainerSpec;
}

/** A port of a container. */
export interface PodPort {
  readonly name?: string;
  readonly port: number;
  readonly protocol: string;
  readonly hostPort?: Placed<number>;
  readonly at: SourceRange;
}

/** How the kubelet asks a container how it is. `action` is the field that says by what: httpGet, tcpSocket, grpc, exec. */
export interface Probe {
  readonly kind: 'livenessProbe' | 'readinessProbe' | 'startupProbe';
  readonly action: string;
  readonly path?: string;
  /** A number, or the name of a container port. */
  readonly port?: number | string;
  readonly at: SourceRange;
}

/** Quantities as they are written (`500Mi`). */
export interface Quantities {
  readonly cpu?: Placed<string>;
  readonly memory?: Placed<string>;
}

/** A volume as a container sees it; `path` without a slash at its end. */
export interface Mount {
  readonly volume: string;
  readonly path: string;
  readonly subPath: boolean;
  readonly readOnly: boolean;
  readonly at: SourceRange;
}

/** A security context, of a pod or of a container. */
export interface Security {
  readonly privileged?: Placed<boolean>;
  readonly runAsNonRoot?: Placed<boolean>;
  readonly readOnlyRootFilesystem?: Placed<boolean>;
  readonly allowPrivilegeEscalation?: Placed<boolean>;
  readonly runAsUser?: Placed<number>;
  readonly runAsGroup?: Placed<number>;
  readonly fsGroup?: Placed<number>;
  readonly groups: readonly string[];
  /** Capabilities. */
  readonly added: readonly string[];
  readonly dropped: readonly string[];
  readonly seccomp: boolean;
}

/** What a manifest says of a container beside name, image and environment. */
export interface ContainerSpec {
  /** The words of its command line: `command`, then `args`. */
  readonly command: readonly string[];
  /** Where each of these words stands; shorter where nobody wrote the last ones. */
  readonly commandAt?: readonly (SourceRange | undefined)[];
  readonly requests: Quantities;
  readonly limits: Quantities;
  readonly ports: readonly PodPort[];
  readonly probes: readonly Probe[];
  readonly mounts: readonly Mount[];
  readonly security: Security;
  /** Its name in the manifest. */
  readonly at: SourceRange;
}

/** A volume of a pod. `kind` is the field that says what it is: configMap, secret, emptyDir, hostPath, persistentVolumeClaim … */
export interface Volume {
  readonly name: string;
  readonly kind: string;
  /** The ConfigMap, Secret or claim it is made from. */
  readonly of?: string;
  /** Folder of the node, of a hostPath, and its `type`. */
  readonly path?: Placed<string>;
  readonly type?: string;
  readonly at: SourceRange;
}

/** What the template of a workload says of its pods. */
export interface Pod {
  readonly labels: Readonly<Record<string, string>>;
  readonly labelsAt?: SourceRange;
  readonly annotations: Readonly<Record<string, string>>;
  /** The workload's own selector. */
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly selectorAt?: SourceRange;
  readonly serviceAccount?: Placed<string>;
  /** Where the deprecated field `serviceAccount` stands. */
  readonly deprecatedAccountAt?: SourceRange;
  /** Namespaces of the node that it shares: hostNetwork, hostPID, hostIPC. */
  readonly host: readonly Placed<'hostNetwork' | 'hostPID' | 'hostIPC'>[];
  readonly security: Security;
  readonly spread: readonly {
    readonly topologyKey: string;
    readonly matchLabels: Readonly<Record<string, string>>;
    readonly at: SourceRange;
  }[];
  /** Topology keys of its anti-affinity, required or preferred. */
  readonly antiAffinity: readonly string[];
  readonly tolerates: boolean;
  /** Whether it runs on some nodes only (node selector or node affinity). */
  readonly chosenNodes: boolean;
  readonly gracePeriodSeconds?: Placed<number>;
  readonly volumes: readonly Volume[];
  readonly at: SourceRange;
}

/** What is known of a workload that no manifest shows, because an operator or a chart makes it. */
export interface MadeWorkload {
  readonly by: 'operator' | 'chart';
  /** The PodDisruptionBudget that comes with it; bounds that nobody wrote are left out. */
  readonly budget?: {
    readonly minAvailable?: Placed<number | string>;
    readonly maxUnavailable?: Placed<number | string>;
  };
  /** Whether it makes the pods' ServiceAccount too. */
  readonly makesAccount: boolean;
  /** What a HorizontalPodAutoscaler may scale instead of the workload: `OpenTelemetryCollector/namespace/name`. */
  readonly scaledAs?: string;
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
  /** What its template says of its pods, where a manifest, a custom resource or values show it. */
  readonly pod?: Pod;
  /** Absent where it is written as it is. */
  readonly made?: MadeWorkload;
  /** Where `replicas` is written. */
  readonly replicasAt?: SourceRange;
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
