import type { Rows } from '../row.ts';

/** Collectors of the operator and of Helm charts, and what stands around them in a cluster. */
export const operatorAndHelm: Rows = {
  'S001-01': {
    by: ['K8S-035', 'OPR-008', 'K8S-024', 'K8S-039: that is the pod itself'],
    missing: 'the tier has no name',
  },
  'S001-02': {
    by: [
      'OPR-001: the config as an object',
      'test/core/kubernetes/operator/resource-versions.test.ts: v1alpha1 is read from its text, at the lines of the file',
    ],
  },
  'S001-03': {
    by: ['OPR-005', 'OPR-006: does not support the attribute', 'OPR-006: `mode: sidekick` is none of'],
  },
  'S001-04': {
    by: [
      'OPR-007: does not have processor `k8sattributes`',
      'test/core/kubernetes/operator/render-resource.test.ts: does not know the version of the default image',
    ],
  },
  'S001-05': { by: ['SEC-004', 'RSK-003'] },
  'S001-06': { by: ['test/core/diff/notation.test.ts: durations are read as Go reads them'] },
  'S001-07': {
    by: ['K8S-012: resource.yaml:19', 'K8S-012: steps in at 600 MiB'],
  },
  'S001-08': { by: ['K8S-016', 'PIP-006', 'K8S-040: needs what ServiceAccount'] },
  'S001-09': {
    by: [
      'PIP-001: first in its pipelines',
      'PIP-003: last in its pipelines',
      'test/lint/expected-findings.ts: memory_limiter last',
    ],
  },
  'S001-10': {
    by: ['OPR-008: gateway-collector', 'test/lint/expected-findings.ts: Service is otel-gateway-collector'],
  },
  'S001-11': { by: ['SEC-002'] },
  'S001-12': {
    by: [
      'K8S-001',
      'K8S-002: Deployment tier-collector',
      'K8S-004',
      'K8S-005',
      'K8S-008: wants 3 of 3',
      'K8S-008: release-name-opentelemetry-collector',
    ],
  },
  'S001-13': { by: ['PIP-007', 'test/cases/operator-resource-changed'] },
  'S001-14': {
    by: ['RSK-009', 'RSK-013'],
    missing: 'the text diff shows decision_wait and num_traces; that memory follows from them is not said',
  },
  'S001-15': { by: ['K8S-035: switches off TLS', 'SEC-002'] },
  'S001-16': { by: ['PIP-010', 'test/lint/expected-findings.ts: prometheus exporter with 3 replicas'] },
  'S001-17': {
    by: ['VER-002: loki', 'OPR-007: has exporter `loki`', 'test/lint/expected-findings.ts: loki is gone'],
  },
  'S001-18': {
    by: ['RSK-002'],
    missing:
      'destinations are told when they change; the picture has none for collectors that are no BindPlane configurations',
  },
  'S001-19': { by: ['INS-007: keep what was injected', 'INS-007: only when their pods are made anew'] },
  'S001-20': { by: ['INS-006', 'test/lint/expected-findings.ts: instrumentation.yaml:7'] },
  'S001-21': { by: ['INS-005: is no propagator'] },
  'S001-22': { by: ['INS-005: is no sampler', 'INS-005: takes a share from 0 to 1'] },
  'S001-23': {
    by: ['INS-004: is in namespace', 'INS-007: changes for the pods of'],
    missing:
      'who refers to an Instrumentation is listed when it changes, and not for one that is only claimed for all',
  },
  'S001-24': { by: ['INS-003: inject-sdk', 'INS-004'] },
  'S001-25': {
    by: ['INS-001: there are `inject-java`', 'test/lint/expected-findings.ts: inject-contrib'],
  },
  'S001-26': {
    by: [
      'INS-001: service-name',
      'INS-001: otel-traces-sampler`',
      'INS-001: `spec.sampler` of the Instrumentation says it',
    ],
  },
  'S001-27': {
    by: ['INS-001: on Namespace', 'INS-007: which wins'],
  },
  'S001-28': {
    by: ['INS-001: exporter-endpoint', 'test/lint/expected-findings.ts: namespace-injection.yaml:7'],
  },
  'S001-29': { by: ['INS-001: did you mean `inject-java`'] },
  'S001-30': { by: ['test/rules/INS-001/good/pods.yaml: inject-', 'INS-001: inject-python'] },
  'S001-31': {
    by: [
      'SEC-012: whose manifest names no namespace',
      'test/lint/expected-findings.ts: account without namespace',
    ],
  },
  'S001-32': { by: ['K8S-040', 'SEC-010: nodes/proxy', 'K8S-041'] },
  'S001-33': { by: ['SEC-012: in namespace `observability`', 'K8S-040: needs what ServiceAccount'] },
  'S001-34': {
    by: [
      'CFG-003: The config of `agent` has no pipeline',
      'test/core/kubernetes/operator/resource-versions.test.ts: never throws, whatever the resource is',
      'K8S-037: did you mean `otel-gateway`',
    ],
  },
  'S001-35': {
    by: [
      'test/core/resources/helm-installations.test.ts: are what commands of scripts and workflows install',
      'HLM-008',
      'HLM-010',
    ],
  },
  'S001-36': {
    by: [
      'test/core/resources/helm-installations.test.ts: are what commands of scripts and workflows install, once, with what they set',
      'HLM-008',
    ],
  },
  'S001-37': { by: ['HLM-008', 'VER-004'] },
  'S001-38': {
    by: [
      'test/core/kubernetes/operator/permissions.test.ts: are not made when nothing runs it',
      'K8S-040: the chart makes no role that lets it',
    ],
  },
  'S001-39': { by: ['PIP-010: values.yaml:7', 'HLM-007'] },
  'S001-40': {
    by: [
      'test/core/resources/helm-installations.test.ts: are what commands of scripts and workflows install',
      'K8S-035: deploy.sh:5',
    ],
  },
  'S001-41': {
    by: ['HLM-002: image.repository must be set', 'test/lint/expected-findings.ts: no image.repository'],
  },
  'S001-42': { by: ['HLM-012: `replicaCount` has no effect'] },
  'S001-43': {
    by: ['K8S-005', 'K8S-012: steps in at 600 MiB'],
  },
  'S001-44': { by: ['CFG-015'] },
  'S001-45': { by: ['K8S-029', 'K8S-037: ServiceAccount `telemetry`'] },
  'S001-46': { by: ['HLM-001'] },
  'S001-47': {
    by: ['test/core/kubernetes/manifests.test.ts: lists what must exist first'],
    missing: 'Secrets of an Ingress in Helm values are not listed',
  },
  'S001-48': {
    by: ['K8S-039: port 4317 takes OTLP over gRPC', 'K8S-039: has no port 4417', 'RSK-014'],
    missing: 'OTEL_SERVICE_NAME is not looked at',
  },
  'S001-49': { by: ['K8S-028', 'test/lint/expected-findings.ts: env-node-ip.snippet.yaml'] },
  'S001-50': { by: ['K8S-024'] },
  'S001-51': { by: ['K8S-012: steps in at 768 MiB', 'K8S-012: resource.yaml:19'] },
  'S001-52': { by: ['OPR-004: spec.autoscaler.enabled', 'OPR-004: targetCPUUtilization'] },
  'S001-53': {
    by: [
      'K8S-007: has an autoscaler of its own',
      'K8S-007: which no cluster serves',
      'K8S-007: is deprecated',
    ],
  },
  'S001-54': {
    by: ['VER-004', 'K8S-036: /certs/tls.crt'],
  },
  'S001-55': {
    by: [
      'OPR-002: is an object',
      'OPR-004: it belongs below `podSecurityContext`',
      'test/lint/expected-findings.ts: object under v1alpha1',
    ],
  },
  'S001-56': {
    by: ['CFG-005', 'PIP-011: scrapes'],
    missing: 'in a file that is a part of a config only, which is merged with nothing, neither is told',
  },
  'S001-57': {
    by: [
      'test/core/rollout/gates/flow-stopped.test.ts: a flow that stopped',
      'test/core/rollout/gates/backlog.test.ts: what waits at an exporter',
      'test/core/rollout/gates/statistics.test.ts: memory and CPU',
    ],
  },
  'S001-58': {
    by: [
      'K8S-042: asks for `otelcol_processor_dropped_spans`',
      'K8S-042: asks for `otelcol_memory_allocate_bytes`',
    ],
  },
  'S001-59': {
    by: ['OPR-012: releases/latest'],
    missing: 'a repository that has resources of the operator and no operator is not told',
  },
  'S001-60': {
    by: [
      'test/core/kubernetes/operator/operator-cases.test.ts: reads every collector resource',
      'test/core/kubernetes/operator/resource-versions.test.ts: reads an Instrumentation and an OpAMPBridge',
    ],
  },
  'S001-61': { by: ['OPR-011: no kind `Telemetry`'] },
  'S001-62': {
    by: [
      'test/core/plan/topology.test.ts: is drawn for GitHub',
      'K8S-035',
      'test/core/plan/risk/listeners.test.ts: goes from a gateway that the operator makes',
    ],
    missing: 'no edge of the picture comes from applications or goes to backends',
  },
};
