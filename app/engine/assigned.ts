import type { AssignmentContext } from '../../src/core/fleet/assignment.ts';
import { desiredConfiguration } from '../../src/core/fleet/assignment.ts';
import type { StoredAgent } from '../store/store.ts';
import { effectiveLabels } from './agents.ts';

/** Configurations to choose from, and those of them that hold secrets. */
export interface TrustedContext extends AssignmentContext {
  /** Names of configurations that labels which an agent claims itself do not unlock (SEC-64); left out, claims count for all. */
  readonly guarded?: ReadonlySet<string>;
}

/**
 * The configuration that an agent is to run; undefined when none is, or when it would get a guarded one by its own words alone: that takes
 * labels which were set through the API, or which its enrolment key brought.
 */
export function assignedName(agent: StoredAgent, context: TrustedContext): string | undefined {
  const name = desiredConfiguration(effectiveLabels(agent), context)?.configuration.name;
  if (name === undefined || context.guarded?.has(name) !== true) return name;
  const { labels } = agent;
  const given = effectiveLabels({ labels, record: { ...agent.record, labels: {} } });
  return desiredConfiguration(given, context)?.configuration.name === name ? name : undefined;
}

/** Whether the config of a configuration holds what people are not shown. */
export function holdsSecrets({ text, raw }: { readonly text: string; readonly raw: string }): boolean {
  return text !== raw;
}
