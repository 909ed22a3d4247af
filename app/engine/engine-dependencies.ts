import type { Clock } from '../../src/ports/clock.ts';
import type { AppLimits, RolloutTimings } from '../limits.ts';
import type { Store, StoredConfig } from '../store/store.ts';
import type { Duty } from './duty.ts';
import type { GateSources } from './gatekeeper.ts';

/** What the engine is given. */
export interface EngineDependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly limits: AppLimits;
  readonly timings: RolloutTimings;
  /** Something went wrong that nobody waits for; the loop goes on. */
  readonly warn: (message: string, error: unknown) => void;
  /** What this process may do where several share the store; left out, it is alone. */
  readonly duty?: Duty;
  /** Configs that labels which agents claim do not unlock (SEC-64). */
  readonly guards?: (config: StoredConfig) => boolean;
  /** Where gates get what agents do not say on OpAMP; left out, they judge without. */
  readonly gateSources?: GateSources;
  /** For whom something is written at this moment; undefined where the engine decides by itself. */
  readonly actor?: () => string | undefined;
  /** Runs each round of the loop, and sees how long it takes. */
  readonly observed?: <T>(round: () => Promise<T>) => Promise<T>;
}
