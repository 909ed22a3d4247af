import type { DeliveredCollector } from '../collectors.ts';
import type { Resource } from '../../bindplane/resource.ts';
import type { TypeDocument } from '../../bindplane/types.ts';
import type { Finding, SourceRange } from '../../document/finding.ts';
import type { SupervisorConfig } from '../../collector/supervisor.ts';
import type { MapNode } from '../../document/node.ts';
import type { YamlDocument } from '../../document/yaml.ts';
import type { ChartFile } from '../../kubernetes/helm/chart-file.ts';
import type { Kustomization } from '../../kubernetes/kustomization.ts';
import type { ValuesKind } from '../../kubernetes/helm/render-release.ts';

import type { Script } from '../script.ts';

/** A Helm values file of a chart that runs collectors. */
export interface HelmValues {
  readonly file: string;
  readonly kind: ValuesKind;
  readonly root: MapNode;
  readonly at: SourceRange;
}

/** A Chart.yaml of the repository. */
export interface HelmChart {
  readonly file: string;
  readonly chart: ChartFile;
  readonly at: SourceRange;
}

/** What one YAML document brings to a repository. */
export interface Contribution {
  readonly resource?: Resource;
  readonly type?: TypeDocument;
  readonly manifest?: YamlDocument;
  readonly helmValues?: HelmValues;
  readonly helmChart?: HelmChart;
  readonly collector?: DeliveredCollector;
  readonly supervisor?: SupervisorConfig;
  readonly kustomization?: Kustomization;
  readonly scripts?: readonly Script[];
  /** A `RolloutPolicy` document, unread. */
  readonly policy?: MapNode;
  readonly findings?: readonly Finding[];
}

/** One kind of document that a repository may hold. A document belongs to the first format of the list that claims it. */
export interface DocumentFormat {
  readonly id: string;
  /** For people: what files of this kind are called. */
  readonly title: string;
  /** Whether the document is of this kind, by its content alone, never by its file's name. */
  claims(root: MapNode): boolean;
  /** Reads a document that it claims; mistakes are findings. */
  read(root: MapNode, document: YamlDocument): Contribution;
}
