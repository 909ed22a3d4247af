import { create } from '@bufbuild/protobuf';
import { emitYaml } from '../document/emit.ts';
import { LIMITS } from '../document/limits.ts';
import type { Node } from '../document/node.ts';
import { entriesAt, plain, textAt } from '../document/node.ts';
import { parseYaml } from '../document/yaml.ts';
import type { AgentConfigObject } from './gen/opamp_pb.ts';
import { AgentConfigObjectSchema } from './gen/opamp_pb.ts';

const MANAGED_LABEL = 'opentelemetry.io/opamp-managed';
const COLLECTOR_RESOURCE = /^kind:\s*["']?OpenTelemetryCollector["']?\s*$/m;
/** A namespace and a name; the one slash that a key may hold (SEC-75). */
const KEY = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\/[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** Whether a text is made of `OpenTelemetryCollector` resources, not of a collector's config. */
export function holdsCollectorResources(text: string): boolean {
  return COLLECTOR_RESOURCE.test(text);
}

type Objects =
  | { readonly entries: readonly (readonly [string, AgentConfigObject])[] }
  | { readonly refused: string };

/**
 * A YAML stream of `OpenTelemetryCollector` resources as a bridge takes it: each whole, under `namespace/name` (reference/opamp.md §3.5).
 * `managed` are the resources that it manages now. An offer that leaves one of them out deletes it, so such an offer is refused; so is one
 * with a resource that the bridge would pass over.
 */
export function bridgeObjects(text: string, managed: readonly string[]): Objects {
  const { documents, findings } = parseYaml('offer.yaml', text);
  const [broken] = findings.filter(({ severity }) => severity === 'error');
  if (broken !== undefined) return { refused: `the resources cannot be read: ${broken.message}` };
  const entries: [string, AgentConfigObject][] = [];
  for (const { root } of documents) {
    const read = resourceOf(root);
    if ('refused' in read) return read;
    if (entries.some(([key]) => key === read.key)) return { refused: `${read.key} stands there twice` };
    const body = new TextEncoder().encode(emitYaml(plain(root)));
    entries.push([read.key, create(AgentConfigObjectSchema, { body, contentType: 'yaml' })]);
  }
  if (entries.length === 0) {
    return {
      refused:
        'a bridge takes OpenTelemetryCollector resources, and an empty offer would delete all it manages',
    };
  }
  if (entries.length > LIMITS.opamp.configObjects) {
    return {
      refused: `${entries.length} resources are too many; at most ${LIMITS.opamp.configObjects} are offered`,
    };
  }
  const keys = new Set(entries.map(([key]) => key));
  const dropped = managed.filter((key) => !keys.has(key));
  if (dropped.length > 0) {
    return { refused: `the bridge manages ${dropped.join(', ')} too; an offer without would delete it` };
  }
  return { entries };
}

function resourceOf(root: Node): { readonly key: string } | { readonly refused: string } {
  if (textAt(root, 'kind') !== 'OpenTelemetryCollector') {
    return {
      refused: `a bridge takes only OpenTelemetryCollector resources, not ${textAt(root, 'kind') ?? 'this'}`,
    };
  }
  const key = `${textAt(root, 'metadata', 'namespace') ?? ''}/${textAt(root, 'metadata', 'name') ?? ''}`;
  if (!KEY.test(key)) return { refused: `${key} is no namespace and name` };
  const version = textAt(root, 'apiVersion') ?? '';
  if (version !== 'opentelemetry.io/v1beta1') {
    return { refused: `${key} is of ${version}; a bridge reads opentelemetry.io/v1beta1` };
  }
  const labels = entriesAt(root, 'metadata', 'labels').map((entry) => entry.key);
  if (!labels.includes(MANAGED_LABEL)) {
    return { refused: `${key} has no label ${MANAGED_LABEL}, without which the bridge does not take it` };
  }
  return { key };
}
