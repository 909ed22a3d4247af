import { appendToMap } from '../edits.ts';
import { at } from '../../document/node.ts';
import type { Node } from '../../document/node.ts';
import type { Finding } from '../../document/finding.ts';
import type { LintInput, Rule } from '../rule.ts';
import type { Cluster } from '../running.ts';

export const localTrafficRule: Rule = {
  id: 'K8S-024',
  severity: 'warning',
  summary: 'A Service that sends data for the agent of one’s own node to any node',
  docs: 'A Service before a DaemonSet chooses among the pods of all nodes: data crosses the network, and `k8s_attributes` with a node filter does not know the pods it comes from. Set `internalTrafficPolicy: Local`.',
  check: (input, cluster) => anyNode(input, cluster),
};

function anyNode(input: LintInput, cluster: Cluster): readonly Finding[] {
  const found = cluster.workloads.flatMap((workload) =>
    workload.kind === 'DaemonSet'
      ? cluster
          .servicesOf(workload)
          .filter(
            ({ headless, type, internalTrafficPolicy }) =>
              !headless && (type ?? 'ClusterIP') === 'ClusterIP' && internalTrafficPolicy !== 'Local',
          )
          .map((service) => ({ service, workload }))
      : [],
  );
  const services = new Map(found.map((one) => [`${one.service.at.file} ${one.service.at.line}`, one]));
  return [...services.values()].map(({ service, workload }): Finding => {
    const spec = specAt(service.at, input);
    const edits =
      spec?.kind === 'map'
        ? appendToMap(spec, ['internalTrafficPolicy: Local'], input.head.repository.texts)
        : undefined;
    return {
      rule: localTrafficRule.id,
      severity: 'warning',
      message: `Service \`${service.name}\` leads to DaemonSet ${workload.name} on any node; set \`internalTrafficPolicy: Local\``,
      at: service.at,
      fixes: [{ title: 'set `internalTrafficPolicy: Local`', at: service.at, ...(edits && { edits }) }],
    };
  });
}

/** The `spec` of the object whose name stands at a place. */
function specAt(place: Finding['at'] & object, { head }: LintInput): Node | undefined {
  const document = head.repository.manifestDocuments.find(({ root }) => {
    const name = at(root, 'metadata', 'name')?.at;
    return name?.file === place.file && name.line === place.line;
  });
  return at(document?.root, 'spec');
}
