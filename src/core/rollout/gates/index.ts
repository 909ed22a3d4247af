import { applyFailed } from './apply-failed.ts';
import { assertedDrift } from './asserted-drift.ts';
import { crashLoop } from './crash-loop.ts';
import { external } from './external.ts';
import type { Gate } from './gate.ts';
import { health } from './health.ts';
import { wentDark } from './went-dark.ts';

/** Everything that a wave is held to, in the order in which people read of it. */
export const GATES: readonly Gate[] = [applyFailed, wentDark, crashLoop, health, assertedDrift, external];
