import type { GateNeeds } from './gate.ts';
import { GATES } from './index.ts';

/** One gate for the documentation; texts are Markdown. */
export interface GateDescription {
  readonly id: string;
  readonly rule: string;
  readonly needs: string;
  /** What a failure asks for, and whether it is acted upon without a word in the policy. */
  readonly action: string;
  readonly settings: string;
}

const NEEDS: Readonly<Record<GateNeeds, string>> = {
  status: 'status reports',
  health: 'health reports',
  'effective-config': 'reported config',
  metrics: 'own metrics',
  external: 'a check outside',
};

/** All gates with their defaults, for the table in the README, in the order of the list. */
export function describeGates(): readonly GateDescription[] {
  return GATES.map(({ id, rule, needs, action, shadow, settings }) => ({
    id,
    rule,
    needs: NEEDS[needs],
    action: shadow ? `${action}, in shadow` : action,
    settings: Object.entries(settings)
      .map(([name, { value }]) => `\`${name}: ${value}\``)
      .join(', '),
  }));
}
