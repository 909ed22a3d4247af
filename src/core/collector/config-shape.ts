import { at, entry } from '../document/node.ts';
import type { Node } from '../document/node.ts';
import { COMPONENT_CLASSES } from './component-id.ts';

const SECTIONS: ReadonlySet<string> = new Set([...COMPONENT_CLASSES, 'service']);

/**
 * Whether a YAML document is a collector config by its content: pipelines under `service`, and receivers or exporters beside it
 * (reference/collector.md §3.1).
 */
export function isCollectorConfig(root: Node): boolean {
  if (root.kind !== 'map' || entry(root, 'apiVersion') !== undefined) return false;
  if (at(root, 'service', 'pipelines')?.kind !== 'map') return false;
  return entry(root, 'receivers') !== undefined || entry(root, 'exporters') !== undefined;
}

/** Whether it has the sections of a collector config and nothing else: part of one, to be merged with others. */
export function isConfigFragment(root: Node): boolean {
  return root.kind === 'map' && root.entries.length > 0 && root.entries.every(({ key }) => SECTIONS.has(key));
}
