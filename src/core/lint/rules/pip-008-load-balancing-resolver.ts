import type { Finding } from '../../document/finding.ts';
import { bodyOf } from '../pipeline-parts.ts';
import { isMap } from '../../document/node.ts';
import type { Json } from '../../document/node.ts';
import type { Rule } from '../rule.ts';
import type { Cluster, RunningConfig } from '../running.ts';
import { startedComponents } from '../running.ts';
import { runningFinding } from '../running-finding.ts';

export const loadBalancingResolverRule: Rule = {
  id: 'PIP-008',
  severity: 'warning',
  summary: '`load_balancing` that finds one address only',
  docs: 'The DNS resolver sends to every address behind the name. A Service with a cluster address has exactly one, so that its pods get the data at random: use a headless Service, or the `k8s` resolver. A static list with one host balances nothing.',
  check: (_input, cluster) =>
    cluster.running.flatMap((one) => [...oneAddress(one, cluster), ...oneHost(one)]),
};

function oneAddress(running: RunningConfig, cluster: Cluster): readonly Finding[] {
  return running.destinations().flatMap(({ exporter, endpoint, path }): readonly Finding[] => {
    if (exporter.type !== 'load_balancing' || !path.includes('dns') || endpoint.host === undefined) return [];
    const namespace = running.workload?.namespace;
    const file = (running.workload ?? running.rendered).at?.file ?? '';
    const service = cluster.serviceFor(endpoint.host, {
      file,
      ...(namespace !== undefined && { namespace }),
    });
    if (service === undefined || service.headless) return [];
    return [
      runningFinding(
        running,
        {
          rule: loadBalancingResolverRule.id,
          severity: 'warning',
          path,
          message: `\`${exporter.id}\` resolves Service \`${service.name}\`, which is not headless: it has one address, whatever the number of pods`,
        },
        [{ message: `Service ${service.name}`, at: service.at }],
      ),
    ];
  });
}

function oneHost(running: RunningConfig): readonly Finding[] {
  return startedComponents(running, 'exporters', ['load_balancing']).flatMap(({ id }): readonly Finding[] => {
    const resolver: Json = bodyOf(running, 'exporters', id)['resolver'] ?? null;
    const fixed = isMap(resolver) && isMap(resolver['static']) ? resolver['static']['hostnames'] : undefined;
    if (!Array.isArray(fixed) || fixed.length !== 1) return [];
    return [
      runningFinding(running, {
        rule: loadBalancingResolverRule.id,
        severity: 'warning',
        path: ['exporters', id, 'resolver', 'static', 'hostnames'],
        message: `\`${id}\` has one host to choose from`,
      }),
    ];
  });
}
