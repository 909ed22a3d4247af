import { ServerCapabilities } from './gen/opamp_pb.ts';

/** Where agents are told to send their own telemetry: full OTLP/HTTP URLs, one for each signal. */
export interface OwnTelemetry {
  readonly metrics?: string;
  readonly traces?: string;
  readonly logs?: string;
  /** Sent with each request, like an API key. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * What this server does beside status, effective config and remote config. Nothing by default: packages are never offered, the rest only
 * where whoever runs the server asked for it (SEC-91).
 */
export interface ServerPolicy {
  readonly ownTelemetry?: OwnTelemetry;
  /** Agents may be given credentials of their own, by settings of the OpAMP connection. */
  readonly offersCredentials?: boolean;
  /** An authority signs certificates for agents, and offers them (spec "Agent-initiated CSR Flow"). */
  readonly signsCertificates?: boolean;
  /** Capabilities of custom messages that are taken in. */
  readonly customCapabilities: readonly string[];
}

/**
 * Custom messages of the BindPlane agent that are taken in: throughput measurements and the topology of what sends to what
 * (reference/opamp.md §3.4). They are answered like any message; nothing is sent back.
 */
export const BINDPLANE_CAPABILITIES: readonly string[] = [
  'com.bindplane.measurements.v1',
  'com.bindplane.topology',
];

export const PLAIN_POLICY: ServerPolicy = { customCapabilities: BINDPLANE_CAPABILITIES };

/** What the server says it does. Bits of what it does not do stay 0, as the spec demands. */
export function serverCapabilities(policy: ServerPolicy): bigint {
  const { ownTelemetry, offersCredentials, signsCertificates } = policy;
  const offers = ownTelemetry !== undefined || offersCredentials === true || signsCertificates === true;
  const settings = offers ? ServerCapabilities.OFFERS_CONNECTION_SETTINGS : 0;
  const requests = signsCertificates === true ? ServerCapabilities.ACCEPTS_CONNECTION_SETTINGS_REQUEST : 0;
  return BigInt(BASE | settings | requests);
}

const BASE =
  ServerCapabilities.ACCEPTS_STATUS |
  ServerCapabilities.OFFERS_REMOTE_CONFIG |
  ServerCapabilities.ACCEPTS_EFFECTIVE_CONFIG |
  ServerCapabilities.ACCEPTS_PACKAGES_STATUS;
