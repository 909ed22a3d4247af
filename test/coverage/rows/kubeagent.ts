import type { Rows } from '../row.ts';

/** Collectors that take their config from a ConfigMap by their own variables. */
export const kubeagent: Rows = {
  'S004-01': {
    by: [
      'KMA-001',
      'KMA-003',
      'test/core/kubernetes/pods/pod-collectors.test.ts: takes the key that kubeagent takes for its mode',
    ],
  },
  'S004-02': {
    by: ['K8S-029'],
    missing: 'asked for what the config’s components need, not for the agent itself',
  },
  'S004-03': { by: ['K8S-025'] },
  'S004-04': {
    by: [
      'test/core/collector/errors/families.test.ts: texts around the error',
      'test/core/collector/errors/families.test.ts: "level":"fatal"',
    ],
  },
  'S004-05': {
    by: [
      'KMA-001',
      'test/core/kubernetes/pods/pod-collectors.test.ts: takes the key that kubeagent takes for its mode',
    ],
  },
  'S004-06': {
    by: ['KMA-001: has no `agent-daemonset.yaml`', 'test/lint/expected-findings.ts: no agent-daemonset.yaml'],
  },
  'S004-07': {
    by: ['test/core/kubernetes/pods/pod-collectors.test.ts: takes the key that kubeagent takes for its mode'],
  },
  'S004-08': {
    by: [
      'SEC-001: in plain text',
      'KMA-005: has no KM_API_KEY',
      'test/core/kubernetes/manifests.test.ts: lists what must exist first',
    ],
  },
  'S004-09': { by: ['KMA-003: is no URL'] },
  'S004-10': { by: ['KMA-003: and DaemonSet `kubeagent-daemonset` mounts'] },
  'S004-11': {
    by: ['KMA-005: POD_NAMESPACE is required'],
  },
  'S004-12': {
    by: ['KMA-001', 'KMA-003: and means DEPLOYMENT'],
  },
  'S004-13': { by: ['KMA-003: is no duration', 'test/lint/expected-findings.ts: interval without unit'] },
  'S004-14': { by: ['K8S-016: which the container does not have', 'BPR-008'] },
  'S004-15': {
    by: ['test/rules/BPR-008/good/kubeagent.yaml: KM_AGENT_VERSION'],
  },
  'S004-16': {
    by: ['KMA-005: KM_API_KEY is required', 'KMA-005: KM_COLLECTOR_ENDPOINT is required'],
  },
  'S004-17': {
    by: [
      'test/core/collector/errors/families.test.ts: failed to load in-cluster config',
      'test/core/collector/errors/families.test.ts: failed to create kubernetes client',
    ],
  },
  'S004-18': { by: ['KMA-004', 'KMA-006: may not `get` ConfigMap'] },
  'S004-19': { outside: 'logs of a cluster are not read; an agent that speaks OpAMP tells its start itself' },
  'S004-20': {
    by: ['test/core/collector/errors/families.test.ts: agent could not be started with current config'],
  },
  'S004-21': { by: ['SEC-001: in plain text', 'test/lint/expected-findings.ts: Secret in plain text'] },
  'S004-22': {
    by: [
      'test/core/kubernetes/pods/pod-collectors.test.ts: tells what is wrong in its text at its line',
      'test/cases/config-map-changed',
      'test/cases/pod-config-changed',
    ],
  },
  'S004-23': { by: ['BPR-008'], missing: 'no case has a collector that a ConfigMap configures' },
  'S004-24': { by: ['PIP-002', 'test/lint/expected-findings.ts: no memory_limiter'] },
  'S004-25': {
    by: [
      'VER-009: whatever `latest` is',
      'SEC-010',
      'test/lint/expected-findings.ts: kubeagent/deployment.yaml:19',
    ],
  },
  'S004-26': { by: ['KMA-003: at `/etc/kubeagent`'] },
  'S004-27': { by: ['SEC-012', 'K8S-029', 'K8S-040'] },
  'S004-28': {
    by: [
      'SEC-008: is privileged',
      'test/lint/expected-findings.ts: privileged, hostNetwork, hostPID',
      'test/core/document/suppression.test.ts: with a reason',
    ],
  },
  'S004-29': {
    by: ['K8S-030: selects the pods of', 'test/lint/expected-findings.ts: labels of the Deployment'],
  },
  'S004-30': {
    by: ['K8S-019: network/agents.yaml'],
  },
  'S004-31': { by: ['KMA-004', 'test/lint/expected-findings.ts: resourceNames with list'] },
  'S004-32': { by: ['K8S-040: needs what ServiceAccount'] },
  'S004-33': {
    by: ['test/rules/KMA-003/good/all.yaml: kubeagent'],
    missing: 'no case sets the level of its log',
  },
  'S004-34': {
    by: ['K8S-025'],
    missing: 'the pause between steps is not compared with the time that an agent takes to end',
  },
  'S004-35': {
    notYet:
      'findings say what to change; no finding names a kubectl command that shows the state of the cluster',
  },
  'S004-36': {
    by: [
      'test/core/collector/errors/families.test.ts: CONFIGMAP_NAME is required',
      'test/core/collector/errors/families.test.ts: is forbidden',
    ],
  },
  'S004-37': {
    outside: 'clusters are not asked: a ConfigMap that was edited there is found by who applies it',
  },
  'S004-38': {
    by: [
      'K8S-026',
      'test/lint/expected-findings.ts: a change does not reload',
      'test/cases/pod-config-changed',
    ],
  },
  'S004-39': { by: ['test/cases/pod-config-changed', 'test/cases/config-map-changed', 'K8S-026'] },
  'S004-40': { by: ['K8S-023: nothing answers on port 13133', 'K8S-023: the probe asks'] },
  'S004-41': { by: ['K8S-023: the kubelet asks the address of the pod'] },
  'S004-42': { by: ['KMA-001'], missing: 'told apart by image and variables; no case has the other product' },
};
