import type { Rows } from '../row.ts';

/** Agents of BindPlane on Kubernetes, their rollouts, and the way from a merge to a running fleet. */
export const bindplaneRollouts: Rows = {
  'S000-60': {
    by: [
      'test/flows/await-agents.test.ts: does not start with nobody',
      'test/core/rollout/decide.test.ts: to end as no-agents',
      'test/flows/drive.test.ts: Stable with nobody completed',
      'test/cases/nobody-matches',
    ],
  },
  'S000-61': {
    by: [
      'test/core/report/plan-comment.test.ts: names what a step waits for',
      'test/flows/steps.test.ts: behind one that failed are skipped',
    ],
  },
  'S000-62': {
    by: [
      'test/action/story.test.ts: plans, applies and rolls out a good change',
      'test/cli/apply.test.ts: of a good change ends with 0',
    ],
  },
  'S000-63': {
    by: [
      'test/action/story.test.ts: gate zero',
      'test/flows/server-state.test.ts: a server’s answer is something else',
    ],
  },
  'S000-64': {
    by: [
      'test/support/bindplane-stand-in.test.ts: answers as bindplane 1.35.0 was recorded',
      'test/app/api/replay/action.test.ts: says of each applied resource what it is and what became of it',
      'test/action/story.test.ts: a step that the server refuses',
    ],
    missing: 'one refusal is tried from end to end; `error` and `forbidden` are not',
  },
  'S000-65': {
    by: [
      'test/flows/steps.test.ts: are told as they end',
      'test/action/story.test.ts: an apply that is cancelled says what was done by then',
    ],
  },
  'S000-66': {
    by: ['BPR-008', 'K8S-038: its own config does not use it'],
  },
  'S000-67': { by: ['BPA-005', 'test/core/kubernetes/manifests.test.ts: lists what must exist first'] },
  'S000-68': { by: ['BPR-010: is no name=value pair', 'BPA-001: that no selector asks for'] },
  'S000-69': { by: ['K8S-027'] },
  'S000-70': {
    by: [
      'test/core/plan/build-plan.test.ts: shows a touched configuration without effect, and rolls nothing out',
      'test/action/story.test.ts: a second run changes nothing',
    ],
  },
  'S000-71': {
    by: ['K8S-019', 'K8S-018: has no mount there', 'test/lint/expected-findings.ts: 17: uid reads /var/log'],
  },
  'S000-72': {
    by: ['RSK-003', 'RSK-014', 'test/cases/host-port-removed'],
  },
  'S000-73': { by: ['RSK-004', 'test/core/plan/topology.test.ts: sends Configuration/shop-gateway'] },
  'S000-74': { by: ['K8S-014: has 2 replicas'] },
  'S000-75': {
    by: ['RSK-006', 'K8S-014'],
    missing: 'that nobody in a cluster collects its events is not told',
  },
  'S000-76': {
    by: [
      'test/core/plan/topology.test.ts: is drawn for GitHub, for Graphviz and as data',
      'BPA-011',
      'K8S-035',
    ],
  },
  'S000-77': {
    by: [
      'test/core/rollout/waves.test.ts: double in a small fleet',
      'test/flows/drive.test.ts: each is held until it has soaked',
      'test/core/rollout/decide.test.ts: within the budget restores that agent and goes on',
    ],
  },
  'S000-78': {
    notYet:
      'an agent that still runs its bootstrap config is an agent with an unknown config; nothing calls it not configured',
  },
  'S000-79': {
    by: [
      'test/app/main.test.ts: stops at the first refusal and puts the agent back',
      'test/core/rollout/decide.test.ts: stops the rollout and brings the agent back',
      'test/flows/drive.test.ts: once somebody runs it is undone',
      'test/action/undo.test.ts: undone, told on the pull request',
    ],
  },
  'S000-80': {
    by: [
      'test/app/reporter/reporter.test.ts: is one comment and one check',
      'test/core/report/rollout-comment.test.ts: in every state has a line of its own',
    ],
  },
  'S000-81': {
    by: [
      'test/core/report/rollout-comment.test.ts: that our engine rolled back',
      'test/app/reporter/commit-origins.test.ts: are those of what it changed for agents',
    ],
  },
  'S000-82': {
    by: [
      'test/action/story.test.ts: brings the agents’ own words back to the merged pull request',
      'test/core/report/rollout-comment.test.ts: keeps the agent’s words word for word',
    ],
  },
  'S000-83': { by: ['BPA-007', 'BPA-006', 'K8S-027: CONFIG_YAML_PATH'] },
  'S000-84': { by: ['BPA-006: no init container writes'] },
  'S000-85': { by: ['K8S-027', 'K8S-010: its file system is read-only'] },
  'S000-86': {
    by: [
      'BPA-007',
      'test/rules/BPA-007/good/agents.yaml: nop',
      'test/rules/PIP-002/good/bootstrap.yaml: nop',
    ],
  },
  'S000-87': {
    by: ['K8S-027: LOGGING_YAML_PATH'],
    missing:
      'the file is no collector config to us, and counted as holding nothing known; nothing says that it is the agent’s log setting',
  },
  'S000-88': {
    by: ['test/core/collector/catalogue.test.ts: BindPlane agent version to collector version', 'VER-008'],
    missing:
      'tags of several agents that differ are told where data flows from the newer to the older, not as such',
  },
  'S000-89': {
    by: [
      'K8S-027: open ./manager.yaml: read-only file system',
      'test/core/collector/errors/families.test.ts: cannot write its manager file',
    ],
  },
  'S000-90': {
    by: [
      'test/core/fleet/assignment.test.ts: law: more labels on the agent never lose it',
      'BPA-001',
      'BPA-002',
      'test/core/report/agent-why.test.ts: is told whole: what it is to run',
    ],
  },
  'S000-91': { by: ['BPA-003', 'BPA-001', 'test/lint/expected-findings.ts: 2: fleet= that nothing selects'] },
  'S000-92': {
    by: [
      'test/core/fleet/assignment.test.ts: joins a fleet by its selector too',
      'test/core/resources/targets.test.ts: finds workloads by the labels',
    ],
  },
  'S000-93': {
    by: [
      'test/app/api/better.test.ts: bulk labels change nothing on conflict',
      'test/app/api/replay/cli.test.ts: lets the CLI end as it did',
    ],
    missing: 'labels of live agents are changed through the API; no plan has that as a step',
  },
  'S000-94': {
    by: ['test/cases/operator-resource-changed', 'test/cases/pod-config-changed', 'test/cases/one-parameter'],
  },
  'S000-95': { by: ['K8S-040', 'K8S-041', 'test/lint/expected-findings.ts: 14: nodes/proxy'] },
  'S000-96': { by: ['K8S-003', 'K8S-022'] },
  'S000-97': {
    by: [
      'SEC-008',
      'SEC-009',
      'test/core/plan/build-plan.test.ts: does not repeat findings that were there before',
    ],
  },
  'S000-98': { by: ['BPA-010', 'K8S-010: outlives the container and not the pod'] },
  'S000-99': {
    by: ['BPA-005', 'BPA-006', 'K8S-027', 'test/app/api/install.test.ts: of Kubernetes are manifests'],
  },
  'S000-100': {
    by: [
      'test/core/plan/astroshop.test.ts: applies everything in the stages',
      'test/core/plan/astroshop.test.ts: rolls out last, the gateway before',
    ],
  },
  'S000-101': { by: ['test/core/plan/astroshop.test.ts: then wants namespace, Secret, gateway'] },
  'S000-102': {
    by: [
      'test/core/kubernetes/helm/demo-chart.test.ts: renders the demo chart as Helm does',
      'HLM-010',
      'test/cases/helm-values-changed',
    ],
  },
  'S000-103': {
    by: [
      'test/flows/await-agents.test.ts: waits until they are connected',
      'test/flows/watch.test.ts: is never waited for longer than was asked',
    ],
  },
  'S000-104': {
    by: ['test/action/run.test.ts: is wrong usage, never green and idle', 'BPA-012'],
    missing: 'no command writes the workflow (`collie init`)',
  },
  'S000-105': {
    by: [
      'test/core/plan/astroshop.test.ts: shows what the values of the demo chart make of its collector',
      'test/cases/helm-preset-added',
    ],
  },
  'S000-106': {
    by: ['test/core/plan/astroshop.test.ts: what they name that is not there any more', 'CFG-005'],
  },
  'S000-107': {
    by: ['CFG-009', 'VER-005', 'test/core/collector/catalogue.test.ts: says alias for an old name'],
  },
  'S000-108': {
    by: [
      'SEC-002: svc.cluster.local',
      'SEC-002: over the internet',
      'test/lint/expected-findings.ts: 13: no TLS in the cluster',
    ],
  },
  'S000-109': { by: ['K8S-035', 'BPA-011: in namespace', 'RSK-004'] },
  'S000-110': {
    by: [
      'test/app/demo/story.test.ts: touches no more agents than the canary',
      'test/app/reporter/bindplane-feed.test.ts: that stops at a refusal',
    ],
  },
  'S000-111': {
    by: [
      'test/core/explain/explain.test.ts: is mapped to the line of the source',
      'test/core/collector/catalogue.test.ts: knows the incident',
    ],
  },
  'S000-112': { by: ['test/core/opamp/recordings.test.ts: a refused config leaves its error word for word'] },
  'S000-113': { by: ['VER-003: k8s.pod.volume.usage', 'test/cases/refused-metric'] },
  'S000-114': {
    by: [
      'test/core/rollout/laws.test.ts: every touched agent runs its own previous config',
      'test/sim/invariants/rest.ts: INV-04',
    ],
    missing:
      'confirmed by the hash and status that the agent tells, not by the effective config that it reports',
  },
  'S000-115': { by: ['test/app/demo/story.test.ts: ends with the repaired change on every agent'] },
  'S000-116': {
    by: [
      'test/docs.test.ts: begins with what Collie is',
      'test/app/demo/story.test.ts: is told in a terminal within forty lines',
    ],
    missing: 'what the README claims is shown by the story; nothing holds claim and evidence together',
  },
  'S000-117': {
    by: [
      'test/core/plan/build-plan.test.ts: come last, users before what they used',
      'test/cases/delete-in-use',
      'test/cases/delete-unused',
    ],
    missing:
      'that an apply deletes on request only is built, and no test applies a deletion with and without it',
  },
};
