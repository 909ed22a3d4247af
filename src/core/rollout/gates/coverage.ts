import type { Gate, GateNeeds } from './gate.ts';
import { GATES } from './index.ts';

/** What delivers the knowledge that gates need. */
export type GateSource = 'collie' | 'collie-without-metrics' | 'bindplane';

export interface GateCoverage {
  /** Gates that can run there, in the order of the list. */
  readonly possible: readonly Gate[];
  /** Those that cannot, each with the reason. */
  readonly impossible: readonly { readonly gate: Gate; readonly why: string }[];
  /** `3 of 14 gates can run`. */
  readonly text: string;
}

/** Why knowledge of a kind is not to be had there; what is absent is there. */
const MISSING: Readonly<Record<GateSource, Partial<Readonly<Record<GateNeeds, string>>>>> = {
  collie: {},
  'collie-without-metrics': {
    metrics: 'the config has no reader that sends the collector’s own metrics',
  },
  // reference/rollouts.md §5.9: its API tells who refused and who is there, no health tree and no metrics of agents.
  bindplane: {
    health: 'the server does not tell the health of agents',
    'effective-config': 'the server does not tell what an agent runs',
    metrics: 'the server does not hand on the collectors’ own metrics',
  },
};

/** Which gates can run against a control plane, and why the others cannot (reference/rollouts.md §5.9). */
export function gatesFor(source: GateSource): GateCoverage {
  const impossible = GATES.flatMap((gate) => {
    const why = MISSING[source][gate.needs];
    return why === undefined ? [] : [{ gate, why }];
  });
  const without = new Set(impossible.map(({ gate }) => gate));
  const possible = GATES.filter((gate) => !without.has(gate));
  return { possible, impossible, text: `${possible.length} of ${GATES.length} gates can run` };
}

/** `3 of 14 gates ran`: how many of all gates had something to say, given the ids of those that had. */
export function ranText(ids: readonly string[]): string {
  const ran = new Set(ids);
  return `${GATES.filter(({ id }) => ran.has(id)).length} of ${GATES.length} gates ran`;
}
