import type { Finding } from '../../document/finding.ts';
import type { IngressPolicy } from '../../kubernetes/policies.ts';
import { targetsOf } from '../ports.ts';
import type { Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';
import type { Cluster } from '../running.ts';

export const networkPolicyRule: Rule = {
  id: 'K8S-031',
  severity: 'notice',
  summary: 'A NetworkPolicy that lets nobody through to a port of a Service',
  docs: 'A policy that selects the pods and lists ports closes all others; what a Service leads to then gets no connection. Only ports are compared, not who may come.',
  check: ({ head }, cluster) => {
    const beside = Map.groupBy(head.repository.manifests.ingressPolicies, placeOf);
    return cluster.workloads.flatMap((workload) =>
      closed(workload, cluster, beside.get(placeOf(workload)) ?? []),
    );
  },
};

function closed(
  workload: Cluster['workloads'][number],
  cluster: Cluster,
  beside: readonly IngressPolicy[],
): readonly Finding[] {
  const { pod } = workload;
  if (pod === undefined) return [];
  const policies = beside.filter(({ matchLabels }) =>
    Object.entries(matchLabels).every(([key, value]) => pod.labels[key] === value),
  );
  const [first] = policies;
  if (first === undefined || policies.some(({ ports }) => ports === undefined)) return [];
  const declared = workload.containers.flatMap(({ spec }) => spec?.ports ?? []);
  const open = new Set(
    policies.flatMap(({ ports = [] }) =>
      ports.map((port) =>
        typeof port === 'number' ? port : declared.find(({ name }) => name === port)?.port,
      ),
    ),
  );
  return cluster.servicesOf(workload).flatMap((service) =>
    targetsOf(service, workload).flatMap(({ port, servicePort }): readonly Finding[] =>
      port === undefined || port === 0 || open.has(port)
        ? []
        : [
            {
              rule: networkPolicyRule.id,
              severity: 'notice',
              message: `no NetworkPolicy lets anybody through to port ${port} of ${workloadWords(workload)}, where Service \`${service.name}\` leads`,
              at: servicePort.at,
              related: [{ message: `NetworkPolicy ${first.name}`, at: first.at }],
            },
          ],
    ),
  );
}

/** Namespace and folder: what is meant for each other stands together. */
function placeOf({ namespace, at }: Pick<IngressPolicy, 'namespace' | 'at'>): string {
  return `${namespace}\n${at.file.split('/').slice(0, -1).join('/')}`;
}
