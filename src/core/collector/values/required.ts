import { atKey, isGiven } from './value-mistake.ts';
import type { ValueCheck } from './value-mistake.ts';

interface Required {
  readonly of: string;
  readonly key: string;
  readonly why: string;
  /** Only found out when it is made for a pipeline. */
  readonly made?: true;
}

/** Keys without which a component is refused, with its words (contrib; tried with collectors from 0.111 to 0.158). */
const REQUIRED: readonly Required[] = [
  { of: 'receivers/file_log', key: 'include', why: "'include' must be specified", made: true },
  {
    of: 'receivers/tcp_log',
    key: 'listen_address',
    why: "missing required parameter 'listen_address'",
    made: true,
  },
  {
    of: 'receivers/udp_log',
    key: 'listen_address',
    why: "missing required parameter 'listen_address'",
    made: true,
  },
  {
    of: 'exporters/prometheus',
    key: 'endpoint',
    why: 'expecting a non-blank address to run the Prometheus metrics handler',
    made: true,
  },
  { of: 'exporters/zipkin', key: 'endpoint', why: 'endpoint required' },
  {
    of: 'exporters/syslog',
    key: 'endpoint',
    why: 'invalid endpoint: endpoint is required but it is not configured',
  },
];

/** One check for each key that has to be there. */
export const requiredValues: readonly ValueCheck[] = REQUIRED.map(({ of, key, why, made }) => ({
  of: [of],
  check: ({ body, signals }) => (isGiven(body[key]) || (made && signals.length === 0) ? [] : atKey(key, why)),
}));
