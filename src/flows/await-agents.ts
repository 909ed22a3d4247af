import type { Agent } from '../core/fleet/agent.ts';
import type { AgentWorkload } from '../core/kubernetes/workload.ts';
import { standsFor } from '../core/lint/recipients.ts';
import type { ConfigurationPlan } from '../core/plan/plan.ts';
import { targetsOf } from '../core/resources/targets.ts';
import type { LoadedView } from '../core/resources/view.ts';
import type { Clock } from '../ports/clock.ts';
import type { ControlPlane } from '../ports/control-plane.ts';
import type { StepOutcome } from './steps.ts';

const FIRST_PAUSE_MS = 1000;
/** Pods take tens of seconds to be replaced; a server with thousands of agents answers a list in one. */
const LONGEST_PAUSE_MS = 15_000;

export interface AwaitInput {
  readonly controlPlane: ControlPlane;
  readonly clock: Clock;
  readonly base: LoadedView;
  readonly head: LoadedView;
  readonly planned: ConfigurationPlan;
  /** Longest wait; 0 looks once. */
  readonly waitMs: number;
}

/** Who is there for a configuration: nobody yet, some that still run another version than their manifest says, or all as planned. */
type Presence =
  | { readonly state: 'nobody' }
  | { readonly state: 'ready'; readonly agents: number }
  | { readonly state: 'outdated'; readonly agents: number; readonly outdated: readonly Agent[] };

/** A workload whose image the change raises or lowers. */
interface Upgrade {
  readonly workload: AgentWorkload;
  readonly from: string;
}

/**
 * Judges by connected agents only: those of replaced pods stay listed, disconnected. An agent is behind where it runs the very version that
 * its workload had before; others that carry the same labels may come from elsewhere. Pure.
 */
export function presence(agents: readonly Agent[], upgrades: readonly Upgrade[]): Presence {
  const connected = agents.filter((agent) => agent.connected !== false);
  if (connected.length === 0) return { state: 'nobody' };
  const outdated = connected.filter((agent) =>
    upgrades.some(({ workload, from }) => agent.version === from && standsFor(agent, workload)),
  );
  return outdated.length === 0
    ? { state: 'ready', agents: connected.length }
    : { state: 'outdated', agents: connected.length, outdated };
}

/**
 * Waits until agents get a configuration at all, and until those of its workloads run the version of their manifests. A rollout to nobody
 * would end as stable and prove nothing, so nobody at the deadline is a failure; so are old versions, because the plan judged the new ones.
 */
export async function awaitAgents(input: AwaitInput): Promise<Omit<StepOutcome, 'step'>> {
  const { controlPlane, clock, base, head, planned, waitMs } = input;
  const upgrades = upgradesOf(planned, base);
  const deadline = clock.now() + waitMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const targets = targetsOf(
      head.repository,
      await controlPlane.agents(),
      head.context.emptySelector ?? 'everybody',
    );
    const found = presence(targets.get(planned.key)?.agents ?? [], upgrades);
    if (found.state === 'ready') return { state: 'done', text: `${counted(found.agents)} connected` };
    const left = deadline - clock.now();
    if (left <= 0) return { state: 'failed', text: problemText(found, planned, waitMs) };
    await clock.wait(Math.min(pauseMs, left));
  }
}

function upgradesOf({ target }: ConfigurationPlan, base: LoadedView): readonly Upgrade[] {
  return target.workloads.flatMap((workload) => {
    const before = base.repository.manifests.agents.find(
      (other) => other.workload.key === workload.workload.key,
    );
    return before?.version === undefined || before.version === workload.version
      ? []
      : [{ workload, from: before.version }];
  });
}

function problemText(
  found: Exclude<Presence, { readonly state: 'ready' }>,
  { name, target }: ConfigurationPlan,
  waitMs: number,
): string {
  const after = waitMs === 0 ? '' : ` after ${Math.round(waitMs / 1000)} s`;
  const again = 'Run the commands above, see that the pods start, and run this job again.';
  if (found.state === 'nobody') {
    return `No connected agent matches ${name} (${wantedText(target)})${after}, so no rollout is started: it would be called stable without anybody having it. ${again}`;
  }
  const versions = [...new Set(found.outdated.map(({ version }) => version))].join(' and ');
  const [first] = found.outdated;
  return `${found.outdated.length} of ${counted(found.agents)} of ${name} still ${found.outdated.length === 1 ? 'runs' : 'run'} ${versions}${after} (${first?.name ?? ''}${found.outdated.length > 1 ? ' …' : ''}); the plan is for the version in the manifests, so no rollout is started. ${again}`;
}

function wantedText({ selector, fleets }: ConfigurationPlan['target']): string {
  const labels = Object.entries(selector ?? {}).map(([key, value]) => `${key}=${value}`);
  const names = fleets.map((key) => `fleet ${key.slice(key.indexOf('/') + 1)}`);
  return (
    [...(labels.length === 0 ? [] : [`selector ${labels.join(', ')}`]), ...names].join('; ') || 'everybody'
  );
}

function counted(agents: number): string {
  return `${agents} ${agents === 1 ? 'agent' : 'agents'}`;
}
