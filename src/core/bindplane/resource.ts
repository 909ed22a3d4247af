import type { SourceRange } from '../document/finding.ts';
import type { JsonMap, MapNode } from '../document/node.ts';

/** Kinds a repository describes, in the order a server must receive them (reference/bindplane.md §4.2). */
export const KINDS = [
  'SourceType',
  'ProcessorType',
  'DestinationType',
  'ConnectorType',
  'ExtensionType',
  'Processor',
  'Source',
  'Destination',
  'Extension',
  'Connector',
  'Configuration',
  'Fleet',
] as const;

export type Kind = (typeof KINDS)[number];

/** `Kind/name`: the only identity of a resource. */
export type ResourceKey = `${Kind}/${string}`;

/**
 * One BindPlane resource read from a file (or made from a server's answer, then `document` is absent).
 * `spec` is plain data; `document` keeps the positions of the whole YAML document.
 */
export interface Resource {
  readonly key: ResourceKey;
  readonly kind: Kind;
  readonly name: string;
  readonly apiVersion: string;
  readonly metadata: JsonMap;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: JsonMap;
  /** SHA-256 of the canonical JSON of kind, name, labels, display name, description and spec. */
  readonly digest: string;
  readonly document?: MapNode;
  /** The `name:` value's place, else the document's start. */
  readonly at?: SourceRange;
}

/** One resource naming another. `version` is the pinned one (`name:3`), absent for the newest. */
export interface Reference {
  readonly from: ResourceKey;
  readonly to: ResourceKey;
  readonly version?: number;
  readonly at?: SourceRange;
}
