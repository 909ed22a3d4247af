import type { EffectiveConfig, ProvenanceEntry } from '../../src/core/collector/effective-config.ts';
import { isMap, plain } from '../../src/core/document/node.ts';
import type { Node } from '../../src/core/document/node.ts';
import { parseYaml } from '../../src/core/document/yaml.ts';

/** A collector config file as an effective config in which every key and item is its own place. Text that is no YAML has an empty tree. */
export function rawConfig(file: string, text: string, name = 'raw'): EffectiveConfig {
  const root = parseYaml(file, text).documents[0]?.root;
  const tree = plain(root);
  return {
    configuration: `Configuration/${name}`,
    name,
    text,
    textStart: { file, line: 1 },
    tree: isMap(tree) ? tree : {},
    provenance: root === undefined ? [] : places(root, []),
    unrendered: [],
    unverifiedTypes: [],
  };
}

function places(node: Node, path: readonly string[]): readonly ProvenanceEntry[] {
  if (node.kind === 'map') {
    return node.entries.flatMap(({ key, keyAt, value }) => [
      { path: [...path, key], at: keyAt },
      ...places(value, [...path, key]),
    ]);
  }
  if (node.kind === 'sequence') {
    return node.items.flatMap((item, index) => [
      { path: [...path, String(index)], at: item.at },
      ...places(item, [...path, String(index)]),
    ]);
  }
  return [];
}
