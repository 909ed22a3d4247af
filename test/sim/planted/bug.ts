/** One guard of the product, taken away. */
export interface PlantedBug {
  readonly bug: string;
  /** A file of the repository. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
  /** Invariants of which one has to be broken. */
  readonly broken: readonly string[];
  /** What runs have to be like for it to matter, where that is not what all have. */
  readonly runs?: Runs;
}

/** Seeds that a bug has to show itself in. */
export interface Runs {
  readonly from: number;
  readonly seeds: number;
  /** How many agents, or `LOW..HIGH`. */
  readonly agents: string;
  /** 0 is as the seed has it. */
  readonly replicas: number;
  /** Rollouts come from pull requests in all of them. */
  readonly github: boolean;
}

/** What runs are like for all bugs that say nothing else. */
export const RUNS: Runs = { from: 1, seeds: 200, agents: '40', replicas: 0, github: false };

/** For what comes from GitHub, or goes there. */
export const ON_GITHUB: Runs = { ...RUNS, github: true };

/** For what only several replicas can get wrong. */
export const THREE_REPLICAS: Runs = { ...RUNS, replicas: 3 };
