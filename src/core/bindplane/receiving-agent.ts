import { isAtLeast } from '../collector/version.ts';

/** The agent that a config is rendered for, as far as a BindPlane server looks at it. */
export interface ReceivingAgent {
  readonly id: string;
  /** Version of the BindPlane agent, with or without `v`; absent: one that can do everything. */
  readonly version?: string;
  /** The server's own address as agents reach it (its `remoteURL`), where they send what they measure. */
  readonly serverUrl: string;
}

/** The first agent versions that understand what a server adds (model/agent.go of bindplane-op; reference/bindplane.md §2.1). */
const SINCE = { snapshots: '1.8.0', measurements: '1.9.2', routes: '1.14.0' } as const;

/** Whether the agent is new enough for what a server adds; `routes`: pipelines for metrics that are made of logs. */
export function understands(agent: ReceivingAgent, feature: keyof typeof SINCE): boolean {
  return agent.version === undefined || isAtLeast(agent.version, SINCE[feature]);
}
