import type { SourceRange } from '../../document/finding.ts';
import { at, entry, itemsAt, textAt } from '../../document/node.ts';
import type { Node } from '../../document/node.ts';
import type { Placed } from '../workload.ts';
import { isOperators, placedEntries, placedText } from './instrumentation.ts';

/** A custom resource `OpAMPBridge`: which server may read and change the cluster's collector resources, and how far. */
export interface OpAmpBridge {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly endpoint?: Placed<string>;
  /** Capabilities that are on. */
  readonly capabilities: readonly string[];
  /** Component types by section that a remote config may use; absent: all. */
  readonly componentsAllowed?: Readonly<Record<string, readonly string[]>>;
  readonly at: SourceRange;
}

/** Reads an OpAMPBridge (operator `apis/v1alpha1/opampbridge_types.go`); undefined for other kinds. */
export function readOpAmpBridge(root: Node): OpAmpBridge | undefined {
  if (textAt(root, 'kind') !== 'OpAMPBridge' || !isOperators(root)) return undefined;
  const spec = at(root, 'spec');
  const name = textAt(root, 'metadata', 'name') ?? '';
  const namespace = textAt(root, 'metadata', 'namespace') ?? 'default';
  const endpoint = placedText(spec, 'endpoint');
  const allowed = entry(spec, 'componentsAllowed');
  return {
    key: `OpAMPBridge/${namespace}/${name}`,
    namespace,
    name,
    ...(endpoint === undefined ? {} : { endpoint }),
    capabilities: placedEntries(spec, 'capabilities').flatMap(([capability, value]) =>
      value.kind === 'scalar' && value.value === true ? [capability] : [],
    ),
    ...(allowed === undefined ? {} : { componentsAllowed: allowedIn(spec) }),
    at: entry(at(root, 'metadata'), 'name')?.value.at ?? root.at,
  };
}

function allowedIn(spec: Node | undefined): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    placedEntries(spec, 'componentsAllowed').map(([section, value]) => [
      section,
      itemsAt(value).flatMap((item) =>
        item.kind === 'scalar' && typeof item.value === 'string' ? [item.value] : [],
      ),
    ]),
  );
}
