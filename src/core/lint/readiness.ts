import type { Finding, RelatedPlace, Severity, SourceRange } from '../document/finding.ts';
import { gatewaysOf, readinessGroup } from './gateways.ts';
import type { Gateway } from './gateways.ts';
import type { Cluster } from './running.ts';

/** What one rule misses in a gateway. */
export interface Lack {
  /** A clause: `1 replica`. */
  readonly said: string;
  /** The whole sentence, for when it is told alone. */
  readonly message: string;
  readonly at?: SourceRange;
  readonly severity?: Severity;
  readonly related?: readonly RelatedPlace[];
}

/**
 * Findings of one rule about what gateways lack, each a point of the gateway's own finding. They are about the workload, whichever config it
 * runs: a rollout does not repeat them.
 */
export function readinessFindings(
  rule: string,
  cluster: Cluster,
  check: (gateway: Gateway) => Lack | undefined,
): readonly Finding[] {
  return gatewaysOf(cluster).flatMap((gateway): readonly Finding[] => {
    const lack = check(gateway);
    if (lack === undefined) return [];
    const { said, message, at, severity = 'warning', related } = lack;
    return [
      {
        rule,
        severity,
        message,
        at: at ?? gateway.workload.at,
        ...(related !== undefined && related.length > 0 && { related }),
        group: readinessGroup(gateway, said),
      },
    ];
  });
}
