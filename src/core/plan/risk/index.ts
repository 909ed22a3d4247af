import { deliveryWeakened } from './delivery-weakened.ts';
import { destinationLost } from './destination-lost.ts';
import { hostPortLost } from './host-port-lost.ts';
import { everythingDropped } from './everything-dropped.ts';
import { listenerChanged } from './listener-changed.ts';
import { memoryLimiterRemoved } from './memory-limiter-removed.ts';
import { policyLoosened } from './policy-loosened.ts';
import { queueStorageRemoved } from './queue-storage-removed.ts';
import { reachWidened } from './reach-widened.ts';
import type { RiskMember } from './subject.ts';
import { restart } from './restart.ts';
import { samplingChanged } from './sampling-changed.ts';
import { secretTouched } from './secret-touched.ts';
import { sentTwice } from './sent-twice.ts';
import { signalLost } from './signal-lost.ts';
import { stateLeftBehind } from './state-left-behind.ts';
import { unheardSender } from './unheard-sender.ts';

/** Everything that is looked for in a change besides what lint finds in its result, by id. */
export const RISKS: readonly RiskMember[] = [
  signalLost,
  destinationLost,
  listenerChanged,
  unheardSender,
  everythingDropped,
  sentTwice,
  reachWidened,
  secretTouched,
  restart,
  memoryLimiterRemoved,
  queueStorageRemoved,
  stateLeftBehind,
  samplingChanged,
  hostPortLost,
  deliveryWeakened,
  policyLoosened,
];
