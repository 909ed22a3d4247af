import { isStampedFrom } from '../../src/core/collector/metrics-reader.ts';
import { sha256 } from '../../src/core/document/digest.ts';
import type { AssignmentContext } from '../../src/core/fleet/assignment.ts';
import { desiredConfiguration } from '../../src/core/fleet/assignment.ts';
import type { StoredAgent } from '../store/store.ts';
import { effectiveLabels } from './agents.ts';

type NameFor = (agent: StoredAgent) => string | undefined;

/** Which configuration an agent is to run by its labels, and the configurations that its own words do not unlock. */
export type TrustedContext = (
  | { readonly nameFor: NameFor }
  | (AssignmentContext & { readonly nameFor?: never })
) & {
  /** Names of configurations that hold secrets (SEC-64); left out, what an agent claims counts for all. */
  readonly guarded?: ReadonlySet<string>;
};

/**
 * The configuration that an agent is to run; undefined when none is, or when it would get a guarded one by its own words alone: that takes
 * labels which were set through the API, or which its enrolment key brought.
 */
export function assignedName(agent: StoredAgent, context: TrustedContext): string | undefined {
  const nameFor: NameFor =
    context.nameFor ?? ((of) => desiredConfiguration(effectiveLabels(of), context)?.configuration.name);
  const name = nameFor(agent);
  if (name === undefined || context.guarded?.has(name) !== true) return name;
  return nameFor({ ...agent, record: { ...agent.record, labels: {} } }) === name ? name : undefined;
}

/**
 * Whether the config of a configuration holds what people are not shown. The reader that agents are offered beside what people
 * see is no secret: it holds references alone.
 */
export function holdsSecrets({ text, raw }: { readonly text: string; readonly raw: string }): boolean {
  return text !== raw && !isStampedFrom(text, sha256(raw));
}
