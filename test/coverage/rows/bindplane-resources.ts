import type { Rows } from '../row.ts';

/** Resources of BindPlane: how they are read, checked and put in order. */
export const bindplaneResources: Rows = {
  'S000-01': { by: ['test/core/plan/astroshop.test.ts: reaches one workload with each configuration'] },
  'S000-02': {
    by: ['RSK-002', 'test/core/diff/semantic.test.ts: listeners and destinations: with their addresses'],
  },
  'S000-03': {
    by: ['K8S-001', 'K8S-014', 'K8S-015'],
    missing: 'rules tell gateways, node and cluster collectors apart; no output names the role of a workload',
  },
  'S000-04': {
    by: [
      'test/core/plan/build-plan.test.ts: manifests of several clusters',
      'test/core/resources/targets.test.ts: finds workloads by the labels',
    ],
  },
  'S000-05': {
    by: [
      'test/app/config.test.ts: certificateAuthority',
      'test/io/bindplane.test.ts: may end in a slash or in /v1',
      'test/app/identity/tls.test.ts: is trusted by a client that was given the authority',
    ],
  },
  'S000-06': {
    by: [
      'test/core/lint/versions.test.ts: other collectors by their own version',
      'test/core/opamp/session.test.ts: kinds of clients',
    ],
  },
  'S000-07': {
    by: ['test/core/report/plan-comment.test.ts: says verdict and reach in the first 80 characters'],
  },
  'S000-08': { by: ['test/app/main.test.ts: serves OpAMP on the REST listener too'] },
  'S000-09': { by: ['BPA-005: must begin with', 'SEC-003: without TLS'] },
  'S000-10': {
    by: [
      'test/core/opamp/session.test.ts: with a description makes an agent and asks for nothing',
      'test/core/lint/versions.test.ts: a live agent rather than the manifest',
      'test/core/fleet/assignment.test.ts: wants every label with the same value',
    ],
  },
  'S000-11': {
    by: [
      'test/app/main.test.ts: brings a config to every agent in waves',
      'test/core/rollout/decide.test.ts: is not believed on the word from before',
    ],
    missing: 'what agents report as their effective config is kept, and not compared with what was offered',
  },
  'S000-12': {
    by: [
      'test/io/http.test.ts: name the variable to look at when the key is refused',
      'test/action/untrusted.test.ts: are in nothing that a plan, an apply or a rollout says',
      'test/action/oidc.test.ts: a key that is an input is masked',
    ],
  },
  'S000-13': {
    by: ['SEC-001: stands in the manifest', 'test/app/identity/agents.test.ts: nobody gets in with'],
  },
  'S000-14': {
    by: [
      'test/core/plan/astroshop.test.ts: in that order and by exact commands',
      'test/action/built.test.ts: a plan on a pull request',
    ],
  },
  'S000-15': {
    by: ['test/core/plan/topology.test.ts: shows what feeds what'],
    missing:
      'the picture has destinations by name; their addresses and which credential each takes are listed nowhere',
  },
  'S000-16': {
    by: [
      'test/action/built.test.ts: a plan on a pull request',
      'test/core/kubernetes/helm/chart-examples.test.ts: renders every example of chart',
    ],
  },
  'S000-17': {
    by: [
      'test/core/report/redact.test.ts: BindPlane key',
      'test/io/bindplane.test.ts: come from the environment, never from the URL',
    ],
  },
  'S000-18': {
    by: ['test/action/run.test.ts: of bindplane-op-action mean what they meant'],
    missing:
      'there is no default: without an address nothing is asked and the plan says so, which is on purpose',
  },
  'S000-19': { by: ['SEC-001: stands in the manifest', 'SEC-001'] },
  'S000-20': { by: ['test/core/report/redact.test.ts: Dynatrace token', 'SEC-001', 'BPR-008: DT_API_TOKEN'] },
  'S000-21': { notYet: 'names of projects, clusters and regions that are written out in files are not told' },
  'S000-22': {
    by: ['BPR-001', 'test/core/diff/diff.test.ts: names items of lists by name', 'test/cases/one-parameter'],
  },
  'S000-23': { by: ['BPR-004', 'test/cases/library-source-of-three'] },
  'S000-24': { by: ['BPA-009', 'K8S-022', 'RSK-003'] },
  'S000-25': { by: ['K8S-018', 'K8S-015', 'test/lint/expected-findings.ts: 17: uid reads /var/log'] },
  'S000-26': {
    by: [
      'VER-003',
      'K8S-017',
      'test/core/kubernetes/operator/permissions.test.ts: asks for pods only where the kubelet must',
    ],
    missing:
      'a node name variable that the pod lacks is found for `k8s_attributes`; for the kubelet only as BPR-008',
  },
  'S000-27': { by: ['K8S-014', 'K8S-040', 'test/lint/expected-findings.ts: 8: cluster metrics'] },
  'S000-28': {
    by: ['K8S-014: k8s_events', 'test/core/kubernetes/operator/permissions.test.ts: are made while it runs'],
  },
  'S000-29': { by: ['BPR-001: must be an integer', 'BPR-006: Did you mean'] },
  'S000-30': {
    by: ['test/cases/unknown-type', 'BPR-003: did you mean `k8s_container`'],
  },
  'S000-31': {
    by: [
      'RSK-002',
      'test/core/plan/topology.test.ts: Configuration/shop-gateway feeds Destination/shop-backend',
    ],
  },
  'S000-32': {
    by: ['SEC-011'],
    missing: 'an address of one environment in a file that several share is not told',
  },
  'S000-33': {
    by: ['BPR-008', 'test/core/report/redact.test.ts: not a value that only contains a reference'],
  },
  'S000-34': { by: ['BPA-011', 'RSK-004'] },
  'S000-35': {
    by: [
      'test/core/plan/topology.test.ts: is what is around the connections that change',
      'PIP-016: past Deployment gateway',
    ],
  },
  'S000-36': { by: ['RSK-008', 'K8S-038: one place more that can lose it'] },
  'S000-37': {
    by: ['test/core/bindplane/render-recorded.test.ts: byte for byte', 'test/cases/one-parameter'],
  },
  'S000-38': {
    by: [
      'test/core/plan/build-plan.test.ts: counts versions on',
      'test/core/report/rollout-comment.test.ts: that our engine rolled back',
      'test/cli/rollout.test.ts: rollback applies the spec before again',
      'test/flows/golden/rollout-held.md: collie rollout rollback edge',
    ],
  },
  'S000-39': { by: ['test/cases/label-only', 'BPR-010'] },
  'S000-40': {
    by: ['test/core/bindplane/render-recorded.test.ts: byte for byte', 'BPR-012: servers know `text/yaml`'],
  },
  'S000-41': {
    by: [
      'test/core/bindplane/agent-form.test.ts: takes interval, agent and address as they are',
      'BPR-011: servers take `10s`, `1m`, `15m` and `off`',
    ],
  },
  'S000-42': { by: ['BPR-003: did you mean', 'test/cases/missing-reference'] },
  'S000-43': {
    by: [
      'test/core/bindplane/read.test.ts: gives each item of a Configuration an id that is the same every time',
      'test/core/bindplane/render-items.test.ts: library items and inline ones',
    ],
  },
  'S000-44': { by: ['test/core/resources/targets.test.ts: targetsOf', 'BPA-002'] },
  'S000-45': {
    by: [
      'test/core/resources/graph.test.ts: puts what is needed first',
      'test/core/plan/astroshop.test.ts: applies everything in the stages',
    ],
  },
  'S000-46': {
    by: [
      'BPR-001: Unknown key `platform`',
      'BPR-001: move it to `metadata.labels`',
      'test/lint/expected-findings.ts: spec.platform',
    ],
    missing: 'a missing platform label is not told (no rule BPR-009)',
  },
  'S000-47': {
    by: [
      'test/schemas/schemas.test.ts: is a strict schema',
      'test/core/bindplane/built-in-types.test.ts: say what each parameter is for',
    ],
    missing: 'not every field of the schemas has a description',
  },
  'S000-48': { by: ['BPR-003: names Configuration'] },
  'S000-49': {
    by: ['test/cases/description-only'],
    missing: 'the platform of a fleet is not compared with the kind of its workloads',
  },
  'S000-50': {
    by: ['BPA-003', 'test/core/fleet/assignment.test.ts: takes the fleet’s configuration before the label'],
  },
  'S000-51': {
    by: ['BPR-002: indent it under `spec`', 'test/lint/expected-findings.ts: selector at the top'],
  },
  'S000-52': {
    by: ['test/app/reporter/reporter.test.ts: is one comment and one check, from its start to its end'],
    missing:
      'status is told by rollout, not by fleet; versions and throughput of a whole fleet are on no page',
  },
  'S000-53': {
    by: ['BPA-001', 'test/core/fleet/assignment.test.ts: desiredConfiguration'],
    missing:
      'findings tell where the chain breaks; the comment does not spell it out for a workload where it holds',
  },
  'S000-54': {
    by: [
      'test/action/revisions.test.ts: what is compared',
      'test/io/git.test.ts: reads files of a commit from git objects',
    ],
  },
  'S000-55': { by: ['test/core/resources/load.test.ts: loadRepository', 'test/cases/file-moved'] },
  'S000-56': {
    by: [
      'test/core/resources/load.test.ts: takes Kubernetes objects as manifests',
      'test/core/resources/load.test.ts: every format has an id',
    ],
    missing:
      'files that hold nothing known are told one by one only where a person named them; else they are kept and not listed',
  },
  'S000-57': {
    notYet: 'only YAML is read: a committed `.env`, and values in its template, are not looked at',
  },
  'S000-58': {
    by: [
      'test/core/resources/graph.test.ts: follows references in both directions',
      'test/core/plan/astroshop.test.ts: has an edge for each reference',
    ],
  },
  'S000-59': {
    by: [
      'test/core/resources/graph.test.ts: names a circle and still orders everything',
      'BPR-003: in a circle',
      'test/cases/reference-circle',
    ],
  },
};
