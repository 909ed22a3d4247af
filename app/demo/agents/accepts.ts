/**
 * What each simulated agent version accepts, written by hand from the collector-contrib and BindPlane agent changelogs.
 * Only the demo reads it: what the product predicts comes from its own catalogue, so a mistake in one does not hide in
 * the other.
 */
export interface Accepted {
  /** Version of the collector inside. */
  readonly collector: string;
  readonly types: Readonly<Record<string, readonly string[]>>;
  /** Metric names a scraping receiver knows, by receiver type. */
  readonly metrics: Readonly<Record<string, readonly string[]>>;
}

const TYPES = {
  receivers: words(
    `otlp nop hostmetrics filelog journald prometheus kubeletstats k8s_cluster k8s_events plugin syslog tcplog udplog
     kafka redis postgresql mysql mongodb nginx statsd zipkin jaeger windowseventlog sqlquery route telemetrygenerator`,
  ),
  processors: words(
    `attributes batch cumulativetodelta filter groupbyattrs groupbytrace interval k8sattributes logdedup lookup mask
     memory_limiter metricstransform probabilistic_sampler removeemptyvalues resource resourcedetection sampling
     snapshotprocessor tail_sampling throughputmeasurement transform unroll`,
  ),
  exporters: words(
    `otlp otlphttp debug nop file kafka loadbalancing loki prometheus prometheusremotewrite elasticsearch datadog
     googlecloud splunk_hec zipkin awss3`,
  ),
  connectors: words('count failover forward roundrobin routing servicegraph signaltometrics spanmetrics'),
  extensions: words(
    `basicauth bearertokenauth cgroupruntime file_storage headers_setter health_check oauth2client oidc pprof
     sigv4auth zpages`,
  ),
};

const KUBELET = [
  ...each('k8s.node', 'k8s.pod').flatMap((scope) =>
    words(
      `cpu.time cpu.usage filesystem.available filesystem.capacity filesystem.usage memory.available
       memory.major_page_faults memory.page_faults memory.rss memory.usage memory.working_set network.errors network.io
       uptime`,
    ).map((name) => `${scope}.${name}`),
  ),
  ...words(
    `cpu.time cpu.usage filesystem.available filesystem.capacity filesystem.usage memory.available
     memory.major_page_faults memory.page_faults memory.rss memory.usage memory.working_set uptime`,
  ).map((name) => `container.${name}`),
  ...each('k8s.pod', 'k8s.container').flatMap((scope) =>
    words(
      'cpu_limit_utilization cpu_request_utilization memory_limit_utilization memory_request_utilization cpu.node.utilization memory.node.utilization',
    ).map((name) => `${scope}.${name}`),
  ),
  ...words('available capacity inodes inodes.free inodes.used').map((name) => `k8s.volume.${name}`),
];

const CPU_UTILIZATION = ['container.cpu.utilization', 'k8s.node.cpu.utilization', 'k8s.pod.cpu.utilization'];

const CLUSTER = words(
  `k8s.container.cpu_limit k8s.container.cpu_request k8s.container.memory_limit k8s.container.memory_request
   k8s.container.storage_limit k8s.container.storage_request k8s.container.ephemeralstorage_limit
   k8s.container.ephemeralstorage_request k8s.container.ready k8s.container.restarts k8s.cronjob.active_jobs
   k8s.daemonset.current_scheduled_nodes k8s.daemonset.desired_scheduled_nodes k8s.daemonset.misscheduled_nodes
   k8s.daemonset.ready_nodes k8s.deployment.available k8s.deployment.desired k8s.hpa.current_replicas
   k8s.hpa.desired_replicas k8s.hpa.max_replicas k8s.hpa.min_replicas k8s.job.active_pods
   k8s.job.desired_successful_pods k8s.job.failed_pods k8s.job.max_parallel_pods k8s.job.successful_pods
   k8s.namespace.phase k8s.node.condition k8s.pod.phase k8s.pod.status_reason k8s.replicaset.available
   k8s.replicaset.desired k8s.replication_controller.available k8s.replication_controller.desired
   k8s.resource_quota.hard_limit k8s.resource_quota.used k8s.statefulset.current_pods k8s.statefulset.desired_pods
   k8s.statefulset.ready_pods k8s.statefulset.updated_pods`,
);

/** By agent version. 1.80.1 carries collector 0.129.0, 1.86.0 0.136.0, 1.94.0 0.146.0. */
export const ACCEPTED: Readonly<Record<string, Accepted>> = {
  '1.80.1': {
    collector: '0.129.0',
    types: TYPES,
    metrics: { kubeletstats: [...KUBELET, ...CPU_UTILIZATION], k8s_cluster: CLUSTER },
  },
  '1.86.0': {
    collector: '0.136.0',
    types: TYPES,
    metrics: {
      kubeletstats: [...KUBELET, 'k8s.pod.volume.usage'],
      k8s_cluster: [...CLUSTER, 'k8s.container.status.state', 'k8s.container.status.reason'],
    },
  },
  '1.94.0': {
    collector: '0.146.0',
    types: {
      ...TYPES,
      receivers: [...TYPES.receivers, 'azure_event_hub', 'mongodb_atlas'],
      processors: [...TYPES.processors, 'k8s_attributes'],
      exporters: [...TYPES.exporters, 'otlp_grpc', 'otlp_http'],
      connectors: [...TYPES.connectors, 'signal_to_metrics'],
    },
    metrics: {
      kubeletstats: [...KUBELET, 'k8s.pod.volume.usage'],
      k8s_cluster: [
        ...CLUSTER,
        'k8s.container.status.state',
        'k8s.container.status.reason',
        'k8s.service.endpoint.count',
        'k8s.service.load_balancer.ingress.count',
      ],
    },
  },
};

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

function each(...scopes: string[]): string[] {
  return scopes;
}
