import type { Rows } from '../row.ts';

/** The OpAMP protocol, and what speaks it. */
export const opamp: Rows = {
  'S002-01': {
    by: [
      'test/app/main.test.ts: brings a config to every agent in waves',
      'test/app/opamp/websocket.test.ts: OAP-110',
      'test/app/opamp/http.test.ts: OAP-116',
      'test/coverage/opamp-conformance.test.ts: have a test each',
    ],
  },
  'S002-02': {
    by: [
      'test/app/opamp/clients.test.ts: OAP-506 (Elastic’s client over plain HTTP) is shown and offered nothing',
      'test/core/opamp/wire.test.ts: stand under the key that the kind of client reads',
    ],
  },
  'S002-03': {
    by: [
      'test/app/main.test.ts: a rollout over real sockets',
      'test/sim/simulation.test.ts: rollouts under faults',
    ],
  },
  'S002-04': {
    by: [
      'test/core/opamp/session.test.ts: a BindPlane agent, with its labels',
      'test/core/fleet/assignment.test.ts: matches',
    ],
  },
  'S002-05': {
    by: [
      'test/core/rollout/decide.test.ts: after an offer counts as an error at the deadline',
      'test/app/opamp/rollouts.test.ts: OAP-318 goes on applying for ever fails at the deadline',
      'test/core/collector/drift.test.ts: no false alarm',
      'test/collectors/opamp.case.ts: what they report to run does not differ from it',
    ],
  },
  'S002-06': {
    by: [
      'test/app/opamp/settings.test.ts: OAP-206 offers own telemetry to collectors that report it',
      'test/core/opamp/conformance.test.ts: OAP-324 name all three signals',
      'test/app/signals/reader.test.ts: offers configs with a reader, and shows them without',
      'test/app/signals/intake.test.ts: is taken on the',
      'test/core/rollout/own-metrics/history.test.ts: hold differences, from the start of a process that is new',
      'test/collectors/own-metrics.case.ts: says what it accepts and sends',
    ],
  },
  'S002-07': {
    by: [
      'test/flows/await-agents.test.ts: does not start while old versions run',
      'VER-012',
      'test/cases/image-raised',
      'test/core/opamp/conformance.test.ts: OAP-415 of packages is kept to be shown',
    ],
    missing: 'versions are changed by manifests alone; packages are shown and never offered, on purpose',
  },
  'S002-08': {
    by: [
      'test/app/identity/tls.test.ts: is rotated end to end',
      'test/app/identity/agents.test.ts: ends the connection at once; the agent may enrol again',
      'test/app/opamp/certificates.test.ts: OAP-126 is offered one over TLS for the key it keeps',
      'test/app/opamp/websocket.test.ts: OAP-333',
    ],
  },
  'S002-09': {
    by: [
      'test/core/opamp/session.test.ts: an extension reports and takes nothing',
      'test/app/opamp/clients.test.ts: OAP-503 is shown with what it reports, and offered nothing',
    ],
  },
  'S002-10': {
    by: [
      'test/core/opamp/recordings.test.ts: supervisors take configs, the extension alone does not',
      'test/core/opamp/wire.test.ts: go only to agents that accept a config',
    ],
  },
  'S002-11': {
    by: [
      'test/core/opamp/recordings.test.ts: an extension only reports',
      'test/core/opamp/session.test.ts: keep the collector config by hash',
    ],
  },
  'S002-12': {
    by: ['SUP-001', 'SUP-002', 'SUP-003'],
    missing: 'the order in which local and remote config merge counts for SUP-002; no output shows it',
  },
  'S002-13': {
    notYet: 'a change of the executable, or of package settings, in a supervisor’s file is no risk of a plan',
  },
  'S002-14': {
    by: [
      'test/core/opamp/recordings.test.ts: a refused config leaves its error word for word',
      'test/app/reporter/reporter.test.ts: that is refused shows the agent’s own words',
      'test/collectors/opamp.case.ts: in these words, and are put back',
    ],
  },
  'S002-15': {
    by: [
      'SUP-002',
      'test/core/opamp/wire.test.ts: that define the extension of the supervisor itself are refused to it',
    ],
  },
  'S002-16': {
    by: [
      'test/app/opamp/clients.test.ts: OAP-504 is offered whole resources under namespace/name',
      'test/app/opamp/clients.test.ts: OAP-505 is not offered a map that would delete a resource it manages',
    ],
    missing:
      'as a raw configuration that holds the resources; a plan does not make one of the repository’s manifests',
  },
  'S002-17': {
    by: ['OPR-010'],
    missing: 'labels are checked; what is no pool of a bridge is not kept from being planned for it',
  },
  'S002-18': {
    by: ['test/app/opamp/clients.test.ts: OAP-504 is offered whole resources under namespace/name'],
    missing:
      'a rollout goes to a bridge with all its pools, not pool by pool, and `componentsAllowed` is read and compared with nothing',
  },
  'S002-19': {
    by: [
      'test/core/opamp/conformance.test.ts: OAP-424 with capabilities and fields of the future',
      'test/core/opamp/conformance.test.ts: OAP-425 of any bytes are read or refused',
      'test/app/opamp/clients.test.ts: obs/node: 2/3, healthy',
    ],
    missing: 'the health of pools is shown and does not gate a rollout by itself',
  },
  'S002-20': {
    by: [
      'test/core/kubernetes/operator/resource-versions.test.ts: reads an Instrumentation and an OpAMPBridge',
      'OPR-010',
      'OPR-013: has the scheme `grpc`',
      'OPR-013: names the capability',
      'OPR-013: allows receiver',
    ],
  },
  'S002-21': {
    by: ['test/core/kubernetes/helm/kube-stack.test.ts: makes the collector resource of kube-stack'],
    missing: 'its `opAMPBridge` values are passed over',
  },
  'S002-22': {
    by: [
      'test/collectors/opamp.case.ts: enrol with their versions',
      'test/core/opamp/recordings.test.ts: every recorded exchange',
      'test/app/opamp/clients.test.ts: OAP-507 (Elastic’s, over plain HTTP) enrols as a collector',
    ],
  },
  'S002-23': { by: ['test/coverage/opamp-conformance.test.ts: stand on a page'] },
};
