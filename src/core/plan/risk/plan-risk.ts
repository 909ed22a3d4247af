import type { ConfigKey } from '../../fleet/config-key.ts';
import type { RelatedPlace, SourceRange } from '../../document/finding.ts';

export type RiskLevel = 'low' | 'medium' | 'high';

/**
 * What may go wrong because of this change although nobody refuses it. `low`: worth knowing; `medium`: somebody should have meant it;
 * `high`: data is lost or agents are reached that nobody meant to reach, unless somebody meant just that.
 */
export interface RiskReason {
  /** The member that says so (`RSK-001`). */
  readonly rule: string;
  readonly level: RiskLevel;
  /** A sentence of ours with names from outside between backticks; never a value that may be secret. The same one for each configuration it is true of. */
  readonly message: string;
  readonly configuration: ConfigKey;
  readonly at?: SourceRange | undefined;
  readonly related?: readonly RelatedPlace[];
}

/** What may go wrong with a plan, with the reasons that findings do not tell. */
export interface PlanRisk {
  /**
   * `none`: nobody gets another config; `low`: somebody does; `medium`: there are warnings, or reasons of that level; `high`: an agent will
   * refuse it, it cannot be applied, or there are reasons of that level.
   */
  readonly level: 'none' | RiskLevel;
  /** Worst first, then by rule and configuration. */
  readonly reasons: readonly RiskReason[];
}
