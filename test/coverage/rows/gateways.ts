import type { Rows } from '../row.ts';

/** Gateways that lose no data when a pod goes. */
export const gateways: Rows = {
  'S003-01': { by: ['K8S-001', 'test/lint/expected-findings.ts: 1 replica'] },
  'S003-02': {
    by: ['K8S-002', 'K8S-003: the spread constraint', 'test/lint/expected-findings.ts: no spread'],
  },
  'S003-03': { by: ['K8S-004', 'PIP-008', 'test/lint/expected-findings.ts: ClusterIP'] },
  'S003-04': { by: ['test/rules/K8S-004/good/headless.yaml: balancer_name: round_robin', 'K8S-004'] },
  'S003-05': { by: ['SEC-005: pprof'] },
  'S003-06': { by: ['K8S-005'], missing: 'no figures to begin with are offered' },
  'S003-07': {
    by: [
      'K8S-006',
      'K8S-007',
      'K8S-003: HorizontalPodAutoscaler',
      'K8S-042: HorizontalPodAutoscaler `gateway` asks for',
    ],
  },
  'S003-08': {
    by: [
      'K8S-008',
      'K8S-003: PodDisruptionBudget',
      'test/lint/expected-findings.ts: budget would block drains',
    ],
  },
  'S003-09': {
    by: [
      'test/core/rollout/laws.test.ts: never are more agents offered the target than the released phases allow',
    ],
    missing:
      'phases count agents of a configuration; that the pods of one gateway are not all in one phase is held by nothing',
  },
  'S003-10': {
    by: [
      'K8S-009',
      'K8S-010',
      'CFG-012: no storage client extension found',
      'test/lint/expected-findings.ts: persistent queue',
    ],
  },
  'S003-11': {
    by: [
      'RSK-009',
      'K8S-009',
      'test/core/plan/astroshop.test.ts: rolls out last, the gateway before those that send to it',
    ],
    missing:
      'where one change gives the senders a queue and restarts the gateway, the gateway still goes first',
  },
  'S003-12': {
    by: ['RSK-011', 'RSK-012', 'RSK-015'],
  },
  'S003-13': {
    by: ['K8S-001', 'K8S-015'],
    missing: 'rules know gateways and agents; no output says which of both a workload is, and why',
  },
  'S003-14': { by: ['CFG-003', 'CFG-005', 'CFG-006', 'PIP-001', 'PIP-003'] },
  'S003-15': { by: ['PIP-007', 'PIP-008', 'test/lint/expected-findings.ts: load_balancing by trace id'] },
  'S003-16': {
    by: [
      'test/core/explain/explain.test.ts: is only likely where several configurations have the key',
      'test/core/lint/rules.test.ts: says what each finds in one line, and why in sentences',
    ],
    missing: 'findings say how sure they are, and rules why; the source of a fact is in the code alone',
  },
  'S003-17': { by: ['test/core/report/formats.test.ts: findings have their place flat'] },
};
