import { applyFailed } from './apply-failed.ts';
import { assertedDrift } from './asserted-drift.ts';
import { backlog } from './backlog.ts';
import { cpu } from './cpu.ts';
import { crashLoop } from './crash-loop.ts';
import { external } from './external.ts';
import { flowRatio } from './flow-ratio.ts';
import { flowStopped } from './flow-stopped.ts';
import type { Gate } from './gate.ts';
import { health } from './health.ts';
import { memory } from './memory.ts';
import { noData } from './no-data.ts';
import { refused } from './refused.ts';
import { sendFailed } from './send-failed.ts';
import { wentDark } from './went-dark.ts';

/**
 * Everything that a wave is held to, in the order in which people read of it: what an agent says of itself, what its data say,
 * what statistics make of them, what others say.
 */
export const GATES: readonly Gate[] = [
  applyFailed,
  wentDark,
  crashLoop,
  health,
  assertedDrift,
  flowStopped,
  backlog,
  noData,
  flowRatio,
  refused,
  sendFailed,
  memory,
  cpu,
  external,
];
