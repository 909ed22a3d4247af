import type { SourceRange } from '../document/finding.ts';
import { at, entriesAt, entry, itemsAt, textAt } from '../document/node.ts';
import type { Node } from '../document/node.ts';

/** A text of a supervisor's file with its place. */
interface PlacedText {
  readonly value: string;
  readonly at: SourceRange;
}

/** A config file of the OpAMP supervisor (contrib `cmd/opampsupervisor/supervisor/config`; reference/collector.md §3.9). */
export interface SupervisorConfig {
  readonly file: string;
  readonly endpoint: string;
  /** Capabilities that it sets, each with its place. */
  readonly capabilities: ReadonlyMap<string, { readonly on: boolean; readonly at: SourceRange }>;
  readonly capabilitiesAt?: SourceRange;
  readonly storage?: PlacedText;
  /** Local files and specials (`$REMOTE_CONFIG`) in the order of merging. */
  readonly configFiles: readonly PlacedText[];
  /** What it says of its agent; a server selects by them. */
  readonly labels: Readonly<Record<string, string>>;
  readonly at: SourceRange;
}

/** Whether a document is a supervisor's file, by its content. */
export function isSupervisorConfig(root: Node): boolean {
  return (
    textAt(root, 'apiVersion') === undefined &&
    textAt(root, 'server', 'endpoint') !== undefined &&
    textAt(root, 'agent', 'executable') !== undefined
  );
}

/** Reads a supervisor's file; values of the wrong kind are left out. */
export function readSupervisorConfig(root: Node): SupervisorConfig {
  const capabilities = entriesAt(root, 'capabilities').flatMap(({ key, keyAt, value }) =>
    value.kind === 'scalar' && typeof value.value === 'boolean'
      ? [[key, { on: value.value, at: keyAt }] as const]
      : [],
  );
  const capabilitiesAt = entry(root, 'capabilities')?.keyAt;
  const [storage] = placed(at(root, 'storage', 'directory'));
  const description = at(root, 'agent', 'description', 'non_identifying_attributes');
  return {
    file: root.at.file,
    endpoint: textAt(root, 'server', 'endpoint') ?? '',
    capabilities: new Map(capabilities),
    ...(capabilitiesAt && { capabilitiesAt }),
    ...(storage && { storage }),
    configFiles: itemsAt(root, 'agent', 'config_files').flatMap(placed),
    labels: Object.fromEntries(
      entriesAt(description).flatMap(({ key, value }) =>
        value.kind === 'scalar' && value.value !== null ? [[key, String(value.value)]] : [],
      ),
    ),
    at: entry(root, 'server')?.keyAt ?? root.at,
  };
}

function placed(node: Node | undefined): readonly PlacedText[] {
  return node?.kind === 'scalar' && typeof node.value === 'string'
    ? [{ value: node.value, at: node.at }]
    : [];
}
