import { isAtLeast } from '../../collector/version.ts';
import { isLoopback, parseEndpoint } from '../../collector/endpoint.ts';
import type { Finding } from '../../document/finding.ts';
import { isList, isMap } from '../../document/node.ts';
import type { Json, JsonMap } from '../../document/node.ts';
import { bodyOf } from '../pipeline-parts.ts';
import { severalPods, unelected } from '../replicas.ts';
import type { Rule } from '../rule.ts';
import { startedComponents } from '../running.ts';
import type { Cluster, RunningConfig } from '../running.ts';
import { isAuthored, runningFinding } from '../running-finding.ts';

export const singletonRule: Rule = {
  id: 'K8S-014',
  severity: 'error',
  summary: 'A receiver that asks the whole cluster, in several pods',
  docs: 'Each pod reports the same again: cluster metrics are doubled, every event comes as often as there are pods. Run it in a Deployment with one replica, or let the pods elect one with `k8s_leader_elector` (collector 0.130; `k8s_events` 0.137; not in Bindplane’s agent). Receivers that ask one server, or discover targets in the whole cluster, are warnings.',
  check: (_input, cluster) => cluster.running.flatMap((one) => repeated(one, cluster)),
};

/** They ask servers that their config names. */
const OF_SERVERS = [
  'http_check',
  'kafka_metrics',
  'postgresql',
  'mysql',
  'mongodb',
  'mongodb_atlas',
  'redis',
  'elasticsearch',
  'rabbitmq',
  'nginx',
  'apache',
  'oracledb',
  'sqlserver',
  'sqlquery',
  'memcached',
  'vcenter',
];

function repeated(running: RunningConfig, cluster: Cluster): readonly Finding[] {
  const { workload } = running;
  const pods = workload === undefined ? undefined : severalPods(workload, cluster, running);
  if (pods === undefined) return [];
  const tell = (id: string, severity: Finding['severity'], message: string): Finding =>
    runningFinding(running, {
      rule: singletonRule.id,
      severity,
      path: ['receivers', id],
      message: `\`${id}\` ${message}: ${pods}`,
    });
  return [
    ...unelected(running).map(({ id, since }) =>
      tell(id, 'error', `asks the whole cluster in every pod; ${advice(running, since)}`),
    ),
    ...startedComponents(running, 'receivers', OF_SERVERS).flatMap(({ id }) =>
      asksOthers(bodyOf(running, 'receivers', id)) && isAuthored(running, ['receivers', id])
        ? [tell(id, 'warning', 'asks the same server in every pod')]
        : [],
    ),
    ...startedComponents(running, 'receivers', ['prometheus']).flatMap(({ id }) =>
      discoversAll(bodyOf(running, 'receivers', id))
        ? [tell(id, 'warning', 'scrapes the targets of the whole cluster in every pod')]
        : [],
    ),
  ];
}

function advice({ version, distribution }: RunningConfig, since: string): string {
  const elects = distribution !== 'bindplane-agent' && (version === undefined || isAtLeast(version, since));
  return elects ? 'give it `k8s_leader_elector`, or one replica' : 'run it with one replica';
}

/** Whether any address in the body is another machine's. */
function asksOthers(value: Json): boolean {
  if (typeof value === 'string') return false;
  if (isList(value)) return value.some(asksOthers);
  if (!isMap(value)) return false;
  return Object.entries(value).some(([key, child]) => {
    const texts = typeof child === 'string' ? [child] : isList(child) ? child : [];
    if (/^(?:endpoints?|brokers|hosts?|targets|url)$/.test(key) && texts.length > 0) {
      return texts.some((text) => typeof text === 'string' && isElsewhere(text)) || texts.some(asksOthers);
    }
    return asksOthers(child);
  });
}

function isElsewhere(text: string): boolean {
  const { host } = parseEndpoint(text);
  return host !== undefined && host !== '' && !isLoopback(host);
}

/** Discovery by the Kubernetes API that nothing narrows to the pod's own node. */
function discoversAll(body: JsonMap): boolean {
  if (body['target_allocator'] !== undefined) return false;
  const config = body['config'];
  const jobs = isMap(config) ? config['scrape_configs'] : undefined;
  if (!isList(jobs)) return false;
  return jobs.some((job) => {
    const discovery = isMap(job) ? job['kubernetes_sd_configs'] : undefined;
    if (!isList(discovery) || discovery.length === 0) return false;
    // A selector or a relabelling by the node's name, however it is written.
    return !/node_?name|node_?ip|host_?ip/i.test(JSON.stringify(job));
  });
}
