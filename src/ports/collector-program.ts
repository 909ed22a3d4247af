import type { Capabilities } from '../core/collector/trial/capabilities.ts';
import type { Ending } from '../core/collector/trial/ending.ts';

/** A collector's binary on this machine. Its processes see nothing of our environment and none of our files. */
export interface CollectorProgram {
  readonly path: string;
  readonly capabilities: Capabilities;
  /** Opens a private, empty folder for trials of one config. */
  open(): Promise<TrialPlace>;
}

/** What a process of a collector is given. */
export interface TrialInput {
  readonly text: string;
  /** Variables that it sees besides those that every program needs. */
  readonly environment: Readonly<Record<string, string>>;
  /** Folders to make before, below the place's own. */
  readonly folders: readonly string[];
  /** Feature gates, a minus before those that are switched off. */
  readonly gates: readonly string[];
}

/** Where one config is tried. Methods reject with OperationError when the binary cannot be run at all. */
export interface TrialPlace {
  readonly folder: string;
  validate(input: TrialInput): Promise<Ending>;
  /** Starts the collector and stops it again, `forMs` after it is ready; `too late` where it does not become so. */
  run(input: TrialInput, forMs: number): Promise<Ending>;
  /** Removes the folder and everything in it. */
  close(): Promise<void>;
}
