import { isMap } from '../../document/node.ts';
import { atKey, durationOf, isGiven } from './value-mistake.ts';
import type { ValueCheck } from './value-mistake.ts';

/** core receiver/otlpreceiver, `Config.Validate`. A protocol may be switched off in its own block (0.142). */
export const otlpReceiverValues: ValueCheck = {
  of: ['receivers/otlp'],
  check: ({ body }) => {
    const { protocols } = body;
    if (typeof protocols === 'string') return [];
    const on = isMap(protocols)
      ? Object.values(protocols).filter((block) => !isMap(block) || block['enabled'] !== false)
      : [];
    if (on.length > 0) return [];
    return atKey('protocols', 'must specify at least one protocol when using the OTLP receiver');
  },
};

/** Since then the address of a gRPC client is looked at before it is dialled (core configgrpc). */
const STATIC_ENDPOINTS = '0.142.0';

/** core exporter/otlpexporter and config/configgrpc. */
export const otlpGrpcExporterValues: ValueCheck = {
  of: ['exporters/otlp_grpc'],
  check: ({ body }) => {
    const { endpoint } = body;
    if (!isGiven(endpoint)) return atKey('endpoint', 'requires a non-empty "endpoint"');
    const timeout = durationOf(body['timeout'], 0);
    if (timeout !== undefined && timeout < 0) return atKey('timeout', "'timeout' must be non-negative");
    if (typeof endpoint !== 'string' || endpoint.includes('$') || endpoint.startsWith('unix:')) return [];
    const address = endpoint.replace(/^[a-z]+:\/\/\/?/i, '');
    const why = addressMistake(address);
    return why === undefined
      ? []
      : [{ below: ['endpoint'], under: ['clientconfig'], why, since: STATIC_ENDPOINTS }];
  },
};

/** What Go's `net.SplitHostPort` and a look at the port say. */
function addressMistake(address: string): string | undefined {
  const match = /^(?:\[[^\]]*\]|[^:[\]]*)(?::([^:]*))?$/.exec(address);
  if (match === null) return `address ${address}: too many colons in address`;
  const port = match[1];
  if (port === undefined) return `address ${address}: missing port in address`;
  return /^\d+$/.test(port) ? undefined : `invalid port "${port}"`;
}

/** core exporter/otlphttpexporter, `Config.Validate`. */
export const otlpHttpExporterValues: ValueCheck = {
  of: ['exporters/otlp_http'],
  check: ({ body }) => {
    const keys = ['endpoint', 'traces_endpoint', 'metrics_endpoint', 'logs_endpoint', 'profiles_endpoint'];
    return keys.some((key) => isGiven(body[key]))
      ? []
      : atKey('endpoint', 'at least one endpoint must be specified');
  },
};
