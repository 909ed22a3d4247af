import { create, toBinary } from '@bufbuild/protobuf';
import { sha256 } from '../document/digest.ts';
import { has } from './capabilities.ts';
import type {
  ConnectionSettingsOffers,
  Headers,
  TLSCertificate,
  TelemetryConnectionSettings,
} from './gen/opamp_pb.ts';
import {
  AgentCapabilities,
  ConnectionSettingsOffersSchema,
  HeadersSchema,
  OpAMPConnectionSettingsSchema,
  TLSCertificateSchema,
  TelemetryConnectionSettingsSchema,
} from './gen/opamp_pb.ts';
import type { OwnTelemetry } from './policy.ts';
import type { AgentRecord } from './record.ts';
import { hexBytes, hexText } from './uid.ts';

/**
 * Where an agent is to send its own telemetry; undefined when it reports none that is asked for. All three signals are always named: a
 * supervisor withdraws those that an offer leaves out (reference/opamp.md §3.1), and an empty endpoint withdraws one on purpose.
 */
export function ownTelemetryOffer(
  capabilities: number,
  { metrics = '', traces = '', logs = '', headers = {} }: OwnTelemetry,
): ConnectionSettingsOffers | undefined {
  const wanted: readonly [number, string][] = [
    [AgentCapabilities.REPORTS_OWN_METRICS, metrics],
    [AgentCapabilities.REPORTS_OWN_TRACES, traces],
    [AgentCapabilities.REPORTS_OWN_LOGS, logs],
  ];
  if (!wanted.some(([bit, endpoint]) => endpoint !== '' && has(capabilities, bit))) return undefined;
  const settings = ([bit, destinationEndpoint]: readonly [number, string]): TelemetryConnectionSettings =>
    create(TelemetryConnectionSettingsSchema, {
      destinationEndpoint: has(capabilities, bit) ? destinationEndpoint : '',
      headers: headersOf(headers),
    });
  const [ownMetrics, ownTraces, ownLogs] = wanted.map(settings);
  return hashed(
    create(ConnectionSettingsOffersSchema, {
      ...(ownMetrics && { ownMetrics }),
      ...(ownTraces && { ownTraces }),
      ...(ownLogs && { ownLogs }),
    }),
  );
}

/** Everything an agent needs to connect with: nothing of it may be left out (reference/opamp.md §0). */
export interface OpampConnection {
  /** ws, wss, http or https URL. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly heartbeatSeconds: number;
  /**
   * PEM; `privateKey` only where the server made the key, never when the agent asked with a request of its own. Left out only where there is no
   * TLS at all.
   */
  readonly certificate?: AgentCertificate;
}

/** A client certificate as an agent is given it, and the authority that it trusts the server by. */
export interface AgentCertificate {
  readonly certificate: string;
  readonly privateKey?: string;
  readonly authority: string;
}

export type SettingsOffer =
  | { readonly offers: ConnectionSettingsOffers; readonly hash: string }
  | { readonly refused: string };

/**
 * New OpAMP settings for an agent, with a certificate; `refused` says why none may be offered. An offer that leaves something out would drop
 * headers, switch heartbeats off or turn off the check of the server's certificate in some client, so only whole ones are made.
 */
export function opampOffer(
  record: Pick<AgentRecord, 'capabilities'>,
  connection: OpampConnection,
): SettingsOffer {
  if (!has(record.capabilities, AgentCapabilities.ACCEPTS_OPAMP_CONNECTION_SETTINGS)) {
    return { refused: 'the agent does not accept OpAMP connection settings' };
  }
  const { endpoint, headers, heartbeatSeconds, certificate } = connection;
  if (!/^(?:wss?|https?):\/\/[^/]/.test(endpoint)) {
    return { refused: `${endpoint === '' ? 'an empty text' : endpoint} is no ws or http URL` };
  }
  if (!Number.isInteger(heartbeatSeconds) || heartbeatSeconds < 1) {
    return { refused: 'a heartbeat of 0 seconds would switch heartbeats off' };
  }
  if (certificate === undefined && !/^(?:ws|http):/.test(endpoint)) {
    return { refused: 'without a certificate some clients stop checking the one of the server' };
  }
  const offers = hashed(
    create(ConnectionSettingsOffersSchema, {
      opamp: create(OpAMPConnectionSettingsSchema, {
        destinationEndpoint: endpoint,
        headers: headersOf(headers),
        heartbeatIntervalSeconds: BigInt(heartbeatSeconds),
        ...(certificate === undefined ? {} : { certificate: tlsCertificate(certificate) }),
      }),
    }),
  );
  return { offers, hash: settingsHash(offers) };
}

function tlsCertificate({ certificate, privateKey, authority }: AgentCertificate): TLSCertificate {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  return create(TLSCertificateSchema, {
    cert: bytes(certificate),
    caCert: bytes(authority),
    ...(privateKey === undefined ? {} : { privateKey: bytes(privateKey) }),
  });
}

/** The hash (hex) of settings that were offered. */
export function settingsHash(offers: ConnectionSettingsOffers): string {
  return hexText(offers.hash);
}

function headersOf(headers: Readonly<Record<string, string>>): Headers {
  return create(HeadersSchema, {
    headers: Object.entries(headers).map(([key, value]) => ({ key, value })),
  });
}

/** The same settings always get the same hash, never an empty one: clients take an empty hash for news each time. */
function hashed(offers: ConnectionSettingsOffers): ConnectionSettingsOffers {
  const text = Array.from(toBinary(ConnectionSettingsOffersSchema, offers)).join(',');
  return { ...offers, hash: hexBytes(sha256(text)) ?? new Uint8Array() };
}
