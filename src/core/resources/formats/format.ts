import type { DeliveredCollector } from '../collectors.ts';
import type { Resource } from '../../bindplane/resource.ts';
import type { TypeDocument } from '../../bindplane/types.ts';
import type { Finding, SourceRange } from '../../document/finding.ts';
import type { MapNode } from '../../document/node.ts';
import type { YamlDocument } from '../../document/yaml.ts';

/** A Helm values file of a chart that runs a collector. Its content is not rendered; it has a place in the order of a plan. */
export interface HelmValues {
  readonly file: string;
  /** True for a chart that has the collector chart as a dependency (values under `opentelemetry-collector`). */
  readonly parentChart: boolean;
  readonly at: SourceRange;
}

/** What one YAML document brings to a repository. */
export interface Contribution {
  readonly resource?: Resource;
  readonly type?: TypeDocument;
  readonly manifest?: YamlDocument;
  readonly helmValues?: HelmValues;
  readonly collector?: DeliveredCollector;
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
