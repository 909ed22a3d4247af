import { placeText } from '../document/finding.ts';
import { at, entriesAt, itemsAt, textAt } from '../document/node.ts';
import type { Node, ScalarNode } from '../document/node.ts';
import { nearest } from '../kubernetes/nearest.ts';
import { fileAt } from '../kubernetes/pods/mounts.ts';
import { scriptsOf, writtenFiles } from '../kubernetes/pods/written-files.ts';
import type { WrittenFile } from '../kubernetes/pods/written-files.ts';
import type { AgentWorkload } from '../kubernetes/workload.ts';
import { objectsOfKind } from './manifest-nodes.ts';
import type { ManifestNode } from './manifest-nodes.ts';
import type { LintInput } from './rule.ts';

/** A container that prepares an agent's pod, with the files that its own script writes. */
export interface Preparation {
  readonly name: string;
  readonly node: Node;
  readonly files: readonly WrittenFile[];
}

/**
 * Gives the init containers of an agent's pod. Scripts are read from their command line, and from ConfigMaps that it names files of.
 * What is looked for in all files is looked for once.
 */
export function preparations(input: LintInput): (agent: AgentWorkload) => readonly Preparation[] {
  const { texts, manifests } = input.head.repository;
  const kinds = [...new Set(manifests.agents.map(({ workload }) => workload.kind))];
  const objects = new Map(objectsOfKind(input, kinds).map((object) => [placeText(object.at), object]));
  const configMaps = Map.groupBy(
    objectsOfKind(input, ['ConfigMap']),
    ({ namespace, name }) => `${namespace}/${name}`,
  );
  const split = new Map<string, readonly string[]>();
  const linesOf = (file: string): readonly string[] => {
    const known = split.get(file) ?? (texts.get(file) ?? '').split('\n');
    split.set(file, known);
    return known;
  };
  return ({ workload }) => {
    const pod = at(objects.get(placeText(workload.at))?.node, 'spec', 'template', 'spec');
    return itemsAt(pod, 'initContainers').map((node) => {
      const named = mountedScripts(node, pod, (configMap) =>
        nearest(configMaps.get(`${workload.namespace}/${configMap}`) ?? [], workload.at.file),
      );
      const files = [...scriptsOf(node), ...named].flatMap((script) =>
        writtenFiles(script, node, linesOf(script.at.file)),
      );
      return { name: textAt(node, 'name') ?? '', node, files };
    });
  };
}

/** `sh /setup/setup.sh`, where a ConfigMap of the repository is mounted at `/setup`. */
function mountedScripts(
  container: Node,
  pod: Node | undefined,
  find: (configMap: string) => ManifestNode | undefined,
): readonly ScalarNode[] {
  return [...itemsAt(container, 'command'), ...itemsAt(container, 'args')].flatMap(
    (word): readonly ScalarNode[] => {
      if (word.kind !== 'scalar' || pod === undefined || !/^\/\S+\.sh$/.test(String(word.value))) return [];
      const mounted = fileAt(String(word.value), container, pod);
      if (mounted.from !== 'config-map') return [];
      const data = entriesAt(find(mounted.configMap)?.node, 'data');
      const value = data.find(({ key }) => key === mounted.key)?.value;
      return value?.kind === 'scalar' ? [value] : [];
    },
  );
}
