import type { Rows } from '../row.ts';

/** The OpAMP protocol, and what speaks it. */
export const opamp: Rows = {
  'S002-01': {
    by: [
      'test/app/main.test.ts: brings a config to every agent in waves',
      'test/core/opamp/wire.test.ts: reads messages with the header byte',
    ],
    missing: 'WebSocket only: there is no plain HTTP transport',
  },
  'S002-02': {
    by: ['test/core/opamp/wire.test.ts: stand under the key that the kind of client reads'],
    missing:
      'kinds that are told apart are tried; a client of an unknown kind is offered nothing, which no test holds',
  },
  'S002-03': {
    by: [
      'test/app/main.test.ts: a rollout over real sockets',
      'test/sim/rollouts.test.ts: rollouts under faults',
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
      'test/core/opamp/session.test.ts: keep the collector config by hash',
    ],
    missing: 'effective configs are kept, and not compared with what was offered',
  },
  'S002-06': {
    notYet: 'no connection settings for own telemetry are offered, and none is used as a sign of health',
  },
  'S002-07': {
    by: [
      'test/flows/await-agents.test.ts: does not start while old versions run',
      'VER-012',
      'test/cases/image-raised',
    ],
    missing: 'versions are changed by manifests alone; packages stay off on purpose',
  },
  'S002-08': {
    by: [
      'test/app/identity/agents.test.ts: is offered a credential of its own, whole',
      'test/app/identity/agents.test.ts: ends the connection at once; the agent may enrol again',
      'test/app/identity/tls.test.ts: is rotated end to end',
    ],
    missing:
      'tried with a client of a script: supervisors take settings and forget them, so they are offered none',
  },
  'S002-09': { by: ['test/core/opamp/session.test.ts: an extension reports and takes nothing'] },
  'S002-10': {
    by: [
      'test/core/opamp/session.test.ts: kinds of clients',
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
    ],
  },
  'S002-15': {
    by: [
      'SUP-002',
      'test/core/plan/build-plan.test.ts: a config that replaces the extension of the supervisor',
    ],
    missing:
      'such a config cannot be applied by a plan; the server does not refuse one that comes by another way',
  },
  'S002-16': {
    notYet: 'a bridge is known as one and offered nothing: no config goes out under `namespace/name`',
  },
  'S002-17': {
    by: ['OPR-010'],
    missing: 'labels are checked; what is no pool of a bridge is not kept from being planned for it',
  },
  'S002-18': { notYet: 'no rollouts to pools, and `componentsAllowed` is read and compared with nothing' },
  'S002-19': {
    by: [
      'test/core/opamp/wire.test.ts: never throws, whatever comes',
      'test/core/opamp/session.test.ts: compare health without its times',
    ],
    missing: 'health of single pools is part of an agent’s health and shown nowhere by itself',
  },
  'S002-20': {
    by: [
      'test/core/kubernetes/operator/render-resource.test.ts: reads an Instrumentation and an OpAMPBridge',
      'OPR-010',
    ],
    missing: 'no rule looks at its endpoint’s scheme, its capabilities and its allowed components',
  },
  'S002-21': {
    by: ['test/core/kubernetes/helm/kube-stack.test.ts: makes the collector resource of kube-stack'],
    missing: 'its `opAMPBridge` values are passed over',
  },
  'S002-22': {
    by: [
      'test/collectors/real-collector.case.ts: enrols under its name',
      'test/core/opamp/recordings.test.ts: recorded clients',
    ],
    missing: 'a real supervisor where one is at hand, and recordings of one; no other client library',
  },
  'S002-23': { notYet: 'no page tells how far the server follows the protocol' },
};
