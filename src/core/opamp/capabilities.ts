import { AgentCapabilities, ServerCapabilities } from './gen/opamp_pb.ts';

/** What this server says it does: reads status and effective config, offers remote config. Nothing else (SEC-91). */
export const SERVER_CAPABILITIES: bigint = BigInt(
  ServerCapabilities.ACCEPTS_STATUS |
    ServerCapabilities.OFFERS_REMOTE_CONFIG |
    ServerCapabilities.ACCEPTS_EFFECTIVE_CONFIG,
);

/** Capability bits we know, as a number; bits of the future are dropped (they must be ignored, spec "AgentCapabilities"). */
export function knownCapabilities(bits: bigint): number {
  return Number(bits & 0xffffn);
}

/** Whether a config may be offered and its fate will be heard: both bits are needed (reference/opamp.md §2.4). */
export function takesConfig(capabilities: number): boolean {
  return acceptsConfig(capabilities) && (capabilities & AgentCapabilities.REPORTS_REMOTE_CONFIG) !== 0;
}

/** AcceptsRemoteConfig: without it a config must not be offered at all. */
export function acceptsConfig(capabilities: number): boolean {
  return (capabilities & AgentCapabilities.ACCEPTS_REMOTE_CONFIG) !== 0;
}

/** ReportsHealth: where it is absent (BindPlane agent v1) only the connection and the config status tell. */
export function reportsHealth(capabilities: number): boolean {
  return (capabilities & AgentCapabilities.REPORTS_HEALTH) !== 0;
}

/** ReportsAvailableComponents. */
export function reportsComponents(capabilities: number): boolean {
  return (capabilities & AgentCapabilities.REPORTS_AVAILABLE_COMPONENTS) !== 0;
}
