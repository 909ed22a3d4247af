/** What real collectors said about the configs that they were given, in numbers. */
export interface CollectorCheck {
  /** The binaries, by name and version (`otelcol 0.158.0`), those that judged anything. */
  readonly collectors: readonly string[];
  readonly configurations: number;
  /** Configurations that every binary they were given to took, in all stages. */
  readonly passed: number;
  /** Those of `passed` whose validation could not be judged here as a whole: they started without what is missing. */
  readonly inPart: number;
  readonly refused: number;
  /** Those about which a binary could not say anything here. */
  readonly notJudged: number;
  /** Whether they were started too, or only validated. */
  readonly started: boolean;
  /** Why nothing was tried although it was asked for; then the numbers are 0. */
  readonly skipped?: string;
}
