import { AgentCapabilities } from './gen/opamp_pb.ts';
import type { AgentRecord } from './record.ts';

/** Capability bits we know, as a number; bits of the future are dropped (they must be ignored, spec "AgentCapabilities"). */
export function knownCapabilities(bits: bigint): number {
  return Number(bits & 0xffffn);
}

/** Whether the agent has all of these bits. */
export function has(capabilities: number, bits: number): boolean {
  return (capabilities & bits) === bits;
}

/** Whether a config may be offered and its fate will be heard: both bits are needed (reference/opamp.md §2.4). */
export function takesConfig(capabilities: number): boolean {
  return acceptsConfig(capabilities) && has(capabilities, AgentCapabilities.REPORTS_REMOTE_CONFIG);
}

/**
 * Whether something may be pushed to the agent at all: it takes configs and is a collector, or an operator's bridge that runs collectors.
 * An SDK that takes remote config has another idea of what stands in it (reference/opamp.md §3.6).
 */
export function isManaged(record: Pick<AgentRecord, 'client' | 'capabilities'>): boolean {
  return takesConfig(record.capabilities) && record.client !== 'extension' && record.client !== 'other';
}

/** AcceptsRemoteConfig: without it a config must not be offered at all. */
export function acceptsConfig(capabilities: number): boolean {
  return has(capabilities, AgentCapabilities.ACCEPTS_REMOTE_CONFIG);
}

/** ReportsHealth: where it is absent (BindPlane agent v1) only the connection and the config status tell. */
export function reportsHealth(capabilities: number): boolean {
  return has(capabilities, AgentCapabilities.REPORTS_HEALTH);
}

/** ReportsAvailableComponents. */
export function reportsComponents(capabilities: number): boolean {
  return has(capabilities, AgentCapabilities.REPORTS_AVAILABLE_COMPONENTS);
}
