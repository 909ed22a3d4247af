/** A finding that people who know the files have written down: `file:line`, and the rule that has to tell it. */
export interface ExpectedFinding {
  readonly at: string;
  readonly rule: string;
  readonly what: string;
}

/** Something that is right as it is: no such rule may say anything there (on the whole file without a line). */
export interface Innocent {
  readonly at: string;
  readonly rule: RegExp;
  readonly what: string;
}

export interface Expectations {
  readonly folder: string;
  readonly expected: readonly ExpectedFinding[];
  readonly innocent: readonly Innocent[];
  /** What is written down and no rule tells, with the reason. */
  readonly untold: readonly string[];
}

const found = (at: string, rule: string, what: string): ExpectedFinding => ({ at, rule, what });
const right = (at: string, rule: RegExp, what: string): Innocent => ({ at, rule, what });

const SEEDS: Expectations = {
  folder: 'seeds-manifests',
  expected: [
    found('bindplane-primer/fleet-gateway.selector-at-top.broken.yaml:12', 'BPR-002', 'selector at the top'),
    found('bindplane-primer/source.as-in-seed.broken.yaml:1', 'CFG-001', 'one line: no YAML'),
    found('bindplane-primer/node-config.spec-platform.constructed.broken.yaml:6', 'BPR-001', 'spec.platform'),
    found('bindplane-primer/clusterrole.yaml:7', 'SEC-010', 'nodes/proxy'),
    found('bindplane-primer/gateway-to-bindplane-destination.yaml:6', 'SEC-002', 'no TLS in the cluster'),
    found('otel-kubernetes/agent-daemonset.yaml:2', 'OPR-001', 'v1alpha1'),
    found('otel-kubernetes/agent-daemonset.yaml:5', 'OPR-007', 'no image, core lacks k8sattributes'),
    found('otel-kubernetes/agent-daemonset.yaml:20', 'PIP-001', 'memory_limiter last'),
    found('otel-kubernetes/agent-daemonset.yaml:17', 'PIP-003', 'batch not last'),
    found('otel-kubernetes/agent-daemonset.yaml:43', 'PIP-006', 'k8sattributes on traces only'),
    found('otel-kubernetes/agent-daemonset.yaml:23', 'K8S-016', 'k8sattributes without node filter'),
    found('otel-kubernetes/agent-daemonset.yaml:34', 'OPR-008', 'Service is otel-gateway-collector'),
    found('otel-kubernetes/agent-daemonset.yaml:36', 'SEC-002', 'tls.insecure'),
    found('otel-kubernetes/gateway-deployment.yaml:2', 'OPR-001', 'v1alpha1'),
    found('otel-kubernetes/gateway-deployment.yaml:5', 'OPR-007', 'loki is gone'),
    found('otel-kubernetes/gateway-deployment.yaml:21', 'PIP-001', 'memory_limiter last'),
    found('otel-kubernetes/gateway-deployment.yaml:18', 'PIP-003', 'batch not last'),
    found('otel-kubernetes/gateway-deployment.yaml:24', 'PIP-007', 'tail_sampling with 3 replicas'),
    found('otel-kubernetes/gateway-deployment.yaml:42', 'PIP-010', 'prometheus exporter with 3 replicas'),
    found('otel-kubernetes/gateway-deployment.yaml:41', 'SEC-002', 'tls.insecure'),
    found('otel-kubernetes/instrumentation.yaml:7', 'INS-006', 'Service name'),
    found('otel-kubernetes/pod-auto-instrumentation.yaml:7', 'INS-001', 'inject-contrib'),
    found('otel-kubernetes/namespace-injection.yaml:7', 'INS-001', 'exporter-endpoint'),
    found('otel-kubernetes/rbac.yaml:12', 'SEC-010', 'nodes/proxy'),
    found('otel-kubernetes/rbac.yaml:32', 'SEC-012', 'account without namespace'),
    found('otel-kubernetes/helm-values-production.yaml:2', 'HLM-002', 'no image.repository'),
    found('otel-kubernetes/hpa.yaml:9', 'K8S-007', 'autoscaler of a v1alpha1 resource'),
    found('otel-kubernetes/mtls-collector.broken.yaml:18', 'OPR-002', 'object under v1alpha1'),
    found('otel-kubernetes/mtls-collector.broken.yaml:10', 'OPR-004', 'fsGroup'),
    found('otel-kubernetes/mtls-collector.broken.yaml:4', 'CFG-003', 'no service'),
    found('opamp/supervisor-no-remote-config.broken.yaml:4', 'SUP-001', 'no remote config'),
    found('ha-gateway/gateway-before.broken.yaml:7', 'K8S-001', '1 replica'),
    found('ha-gateway/gateway-before.broken.yaml:7', 'K8S-002', 'no spread'),
    found('ha-gateway/gateway-before.broken.yaml:7', 'K8S-004', 'ClusterIP'),
    found('ha-gateway/gateway-before.broken.yaml:7', 'K8S-005', 'no resources'),
    found('ha-gateway/gateway-before.broken.yaml:7', 'K8S-006', 'no autoscaler'),
    found('ha-gateway/gateway-before.broken.yaml:7', 'K8S-023', 'no probes'),
    found('ha-gateway/gateway-before.broken.yaml:51', 'K8S-003', 'budget selects nothing'),
    found('ha-gateway/gateway-before.broken.yaml:50', 'K8S-008', 'budget would block drains'),
    found('ha-gateway/gateway-before.broken.yaml:18', 'VER-009', 'image latest'),
    found('kubeagent/secret-configmap.yaml:8', 'SEC-001', 'Secret in plain text'),
    found('kubeagent/secret-configmap.yaml:35', 'PIP-002', 'no memory_limiter'),
    found('kubeagent/deployment.yaml:18', 'K8S-005', 'no resources'),
    found('kubeagent/deployment.yaml:19', 'VER-009', 'image latest'),
    found('kubeagent/deployment.yaml:37', 'KMA-003', 'interval without unit'),
    found('kubeagent/deployment.yaml:39', 'K8S-026', 'a change does not reload'),
    found('kubeagent/daemonset.yaml:7', 'K8S-030', 'labels of the Deployment'),
    found('kubeagent/daemonset.yaml:19', 'K8S-005', 'no resources'),
    found('kubeagent/daemonset.yaml:30', 'KMA-001', 'no agent-daemonset.yaml'),
    found('kubeagent/daemonset.yaml:48', 'SEC-008', 'privileged, hostNetwork, hostPID'),
    found('kubeagent/rbac-restricted.yaml:13', 'KMA-004', 'resourceNames with list'),
  ],
  innocent: [
    right('ha-gateway/gateway.yaml', /^(?:CFG|PIP|K8S-0(?!26))/, 'satisfies all six steps'),
    right('ha-gateway/agent-persistent-queue.yaml', /^(?:CFG|PIP|K8S-009|K8S-010)/, 'persistent queue'),
    right('ha-gateway/loadbalancing-tier.yaml', /^(?:CFG|PIP)/, 'load_balancing by trace id'),
    right('otel-kubernetes/env-node-ip.snippet.yaml', /./, '$(NODE_IP) is Kubernetes syntax'),
    right('bindplane-primer/init-container.snippet.yaml', /./, 'null bodies of a raw config'),
  ],
  untold: [
    'otel-kubernetes/self-monitoring.broken.yaml (CFG-005, PIP-011), memory-limiter.snippet.yaml (CFG-015, K8S-012), gateway-autoscaler.snippet.broken.yaml (OPR-004), kubeagent/probes.snippet.yaml (K8S-023): fragments that say neither what they belong to nor what they are merged with',
    'otel-kubernetes/gateway-deployment.yaml (K8S-004): the operator makes a headless Service too, and who sends is told to use another name (OPR-008)',
    'otel-kubernetes/helm-values-production.yaml (K8S-040): the chart refuses the values before it renders a role (HLM-002)',
  ],
};

const LABS: Expectations = {
  folder: 'astroshop-bindplane-labs',
  expected: [
    found('bindplane/fleets.yaml:12', 'BPR-002', '1: selector beside spec'),
    found('bindplane/fleets.yaml:27', 'BPR-002', '1: selector beside spec'),
    found('bindplane/fleets.yaml:42', 'BPR-002', '1: selector beside spec'),
    found('bindplane/k8s-gateway-agent.yaml:220', 'BPR-010', '2: fleet= that nothing selects'),
    found('bindplane/k8s-node-agent.yaml:112', 'BPR-010', '2: fleet= that nothing selects'),
    found('bindplane/k8s-cluster-agent.yaml:103', 'BPR-010', '2: fleet= that nothing selects'),
    found('bindplane/gateway-destination.yaml:18', 'BPR-008', '4: ${DT_API_TOKEN}'),
    found('bindplane/sources.yaml:33', 'BPR-004', '6: unused source'),
    found('bindplane/sources.yaml:43', 'BPR-004', '6: unused source'),
    found('bindplane/sources.yaml:35', 'VER-003', '7: kubelet metrics'),
    found('bindplane/sources.yaml:45', 'VER-003', '8: cluster metrics'),
    found('bindplane/k8s-gateway-agent.yaml:117', 'K8S-001', '11: 1 replica'),
    found('bindplane/k8s-gateway-agent.yaml:117', 'K8S-002', '11: no spread'),
    found('bindplane/k8s-gateway-agent.yaml:117', 'K8S-006', '11: no autoscaler'),
    found('bindplane/k8s-gateway-agent.yaml:117', 'K8S-008', '11: no budget'),
    found('bindplane/k8s-gateway-agent.yaml:117', 'K8S-023', '11: no probes'),
    found('bindplane/k8s-gateway-agent.yaml:117', 'K8S-013', 'no GOMEMLIMIT'),
    found('bindplane/k8s-gateway-agent.yaml:117', 'K8S-004', '12: gRPC through ClusterIP'),
    found('bindplane/gateway-to-bindplane-destination.yaml:6', 'SEC-002', '13: no TLS in the cluster'),
    found('astroshop-values.yaml:18', 'SEC-002', '13: insecure: true'),
    found('bindplane/k8s-gateway-agent.yaml:25', 'SEC-010', '14: nodes/proxy'),
    found('bindplane/k8s-gateway-agent.yaml:36', 'K8S-041', '15: API group extensions'),
    found('bindplane/k8s-gateway-agent.yaml:128', 'K8S-029', '16: serviceAccount'),
    found('bindplane/k8s-node-agent.yaml:21', 'K8S-029', '16: serviceAccount'),
    found('bindplane/k8s-cluster-agent.yaml:22', 'K8S-029', '16: serviceAccount'),
    found('bindplane/k8s-node-agent.yaml:81', 'K8S-018', '17: uid reads /var/log'),
    found('bindplane/k8s-node-agent.yaml:140', 'K8S-024', '20: any node'),
    found('bindplane/k8s-node-agent.yaml:5', 'K8S-034', '21: no tolerations'),
    found('bindplane/k8s-gateway-agent.yaml:235', 'BPA-010', '22: emptyDir'),
    found('bindplane/k8s-node-agent.yaml:130', 'BPA-010', '22: emptyDir'),
    found('bindplane/k8s-cluster-agent.yaml:118', 'BPA-010', '22: emptyDir'),
    found('astroshop-values.yaml:23', 'CFG-005', '24: names of another chart version'),
  ],
  innocent: [
    right(
      'bindplane/k8s-gateway-agent.yaml',
      /^(?:CFG|K8S-027|SEC-001|SEC-008|SEC-009)/,
      'bootstrap, files, secret, restrictions',
    ),
    right(
      'bindplane/k8s-node-agent.yaml',
      /^(?:CFG|K8S-019|K8S-027|SEC-001|SEC-008|SEC-009)/,
      'bootstrap, files, secret, restrictions',
    ),
    right(
      'bindplane/k8s-cluster-agent.yaml',
      /^(?:CFG|K8S-014|K8S-027|SEC-001|SEC-008|SEC-009)/,
      'bootstrap, one replica, secret',
    ),
    right('bindplane/gateway-to-bindplane-destination.yaml', /^K8S-035/, 'the hostname is a Service'),
    right('bindplane/node-config.yaml', /^BPR-001/, 'measurementInterval, contentType'),
  ],
  untold: [
    '3 platform label, 5 personal URL, 9 hidden order (the plan orders it), 10 external Secret, 18 mount of the init container, 19 hostPort (the values choose a Deployment), 23 repeated version, 25 exposure of the shop, 26 token prefix, 27 workflow: no rule of lint',
  ],
};

export const EXPECTATIONS: readonly Expectations[] = [SEEDS, LABS];

/** Files of `collector-configs` that are known to be bad, with the rules whose errors are right there. */
export const KNOWN_BAD: readonly (readonly [file: string, rules: RegExp])[] = [
  ['core/bad/cyclic-connector.yaml', /^CFG-009$/],
  ['core/bad/invalid-components.yaml', /^CFG-005$/],
  ['core/bad/invalid-connector-unused-exp.yaml', /^CFG-009$/],
  ['core/bad/invalid-connector-unused-rec.yaml', /^CFG-009$/],
  ['core/bad/invalid-telemetry.yaml', /^CFG-002$/],
  ['core/bad/invalid.yaml', /^CFG-005$/],
  ['contrib/routing-datadog-old-env-syntax.yaml', /^CFG-014$/],
  ['signoz/docker-otel-collector-config.yaml', /^SEC-001$/],
  ['splunk/example-prometheusexec-with-exec.yaml', /^CFG-005$/],
  ['otelbin/config-no-receivers.yaml', /^CFG-00[35]$/],
  ['otelbin/config-undeclared-extension.yaml', /^CFG-005$/],
  ['otelbin/config-undeclared-receiver.yaml', /^CFG-005$/],
  ['otelbin/config-undeclared-receiver-named-pipelines.yaml', /^CFG-005$/],
];

/** What else its README says must be reported, of those that lint rules tell, at any severity. */
export const REPORTED: readonly (readonly [file: string, rule: string])[] = [
  ['core/good/k8s-agent-gateway-manifests.yaml', 'SEC-002'],
  ['releases/otelcol-contrib-default.yaml', 'SEC-005'],
  ['otel-demo/otelcol-config.yml', 'PIP-001'],
  ['otel-demo/otelcol-config-observability.yml', 'SEC-003'],
  ['contrib/demo-filereceiver.yaml', 'CFG-006'],
  ['contrib/fault-tolerant-logs-collection.yaml', 'K8S-035'],
  ['contrib/secure-tracing-2022.yaml', 'CFG-016'],
  ['contrib/k8s-otel-collector-0.37.broken.yaml', 'K8S-026'],
  ['signoz/docker-otel-collector-config.yaml', 'SEC-005'],
  ['signoz/docker-otel-collector-config.yaml', 'CFG-006'],
  ['signoz/docker-otel-collector-config.yaml', 'PIP-002'],
  ['signoz/demo-lite.yaml', 'CFG-006'],
  ['elastic/demo-otlp-config.yaml', 'PIP-003'],
  ['elastic/demo-otlp-config.yaml', 'SEC-006'],
  ['elastic/demo-configmap-deployment.yaml', 'CFG-016'],
  ['elastic/demo-configmap-deployment.yaml', 'PIP-003'],
  ['grafana/lgtm-otelcol-config.yaml', 'CFG-006'],
  ['honeycomb/bindplane-agent.yaml', 'SEC-001'],
  ['honeycomb/bindplane-agent.yaml', 'K8S-029'],
  ['splunk/agent_config.yaml', 'PIP-003'],
  ['splunk/agent_config.yaml', 'CFG-006'],
  ['splunk/gateway_config.yaml', 'PIP-003'],
  ['splunk/fargate_config.yaml', 'PIP-003'],
  ['splunk/example-splunk-hec.yaml', 'SEC-003'],
  ['splunk/example-splunk-hec.yaml', 'SEC-001'],
  ['splunk/example-logs-routing.yaml', 'SEC-003'],
  ['splunk/example-prometheus-federation.yaml', 'SEC-003'],
  ['splunk/example-prometheus-federation.yaml', 'CFG-006'],
  ['splunk/example-tomcat-mysql.yaml', 'PIP-003'],
  ['aws-adot/docker-config-test.yaml', 'CFG-007'],
  ['aws-adot/docker-config-test.yaml', 'CFG-006'],
  ['aws-adot/docker-config-test.yaml', 'SEC-005'],
  ['aws-adot/eks-prometheus-daemonset.yaml', 'SEC-003'],
  ['aws-adot/eks-prometheus-daemonset.yaml', 'K8S-014'],
  ['datadog/multiple-pipelines.yaml', 'PIP-003'],
  ['datadog/minimal-config.yaml', 'PIP-002'],
  ['datadog/sidecar-config.yaml', 'PIP-004'],
  ['datadog/rolldice-game.yaml', 'CFG-006'],
  ['newrelic/java-logs-in-context.yaml', 'CFG-014'],
  ['newrelic/host-monitoring-k8s.yaml', 'CFG-006'],
  ['newrelic/hcp-consul-k8s.yaml', 'SEC-003'],
  ['newrelic/ignored-errors.yaml', 'CFG-006'],
  ['dynatrace/tail_sampling.yaml', 'SEC-007'],
  ['dynatrace/tail_sampling.yaml', 'PIP-002'],
  ['dynatrace/kubeletstats.yaml', 'SEC-003'],
  ['bindplane-agent/newrelic-mongodb.yaml', 'CFG-014'],
];
