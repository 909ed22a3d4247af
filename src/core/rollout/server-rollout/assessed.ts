import { decideServerRollout } from './decide.ts';
import { UNWRITTEN } from './policy.ts';
import { newRun, type ServerObservation, type ServerRolloutRun } from './run.ts';
import type { AssessedRollout } from './view.ts';

/**
 * What a watcher makes of one more look at a rollout: gates, and the failure that the server does not call one (Stable though
 * everybody refused, options of zero). It never acts: a rollout has one driver, the process that applied.
 */
export function assessed(
  before: ServerRolloutRun | undefined,
  observation: ServerObservation,
): { readonly run: ServerRolloutRun; readonly assessed: AssessedRollout } {
  const { at, rollout } = observation;
  const { configuration, version, stages } = rollout;
  const known = before?.version === version ? before : undefined;
  const pace = stages === undefined ? 'server' : 'stages';
  const begun = known ?? newRun({ configuration, version, policy: UNWRITTEN, pace }, at);
  const { run, decision } = decideServerRollout(begun, observation);
  const failed = decision.kind === 'end' && decision.outcome === 'failed';
  return {
    run,
    assessed: {
      gates: Object.values(run.gates),
      offered: run.offered,
      ...(failed ? { state: 'failed', reason: decision.reason } : {}),
    },
  };
}
