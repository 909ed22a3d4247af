import { isAtLeast } from '../version.ts';
import { atKey, durationOf, isGiven, isThere, mapOf } from './value-mistake.ts';
import type { ValueCheck } from './value-mistake.ts';

/** contrib processor/probabilisticsamplerprocessor, `Config.Validate`. */
export const samplerValues: ValueCheck = {
  of: ['processors/probabilistic_sampler'],
  check: ({ body }) => {
    const { sampling_precision: precision, sampling_percentage: percentage } = body;
    if (typeof percentage === 'number' && percentage < 0) {
      return atKey('sampling_percentage', `sampling rate is negative: ${percentage.toFixed(6)}%`);
    }
    if (precision === 0) return atKey('sampling_precision', 'invalid sampling precision: 0');
    return typeof precision === 'number' && precision > 14
      ? atKey('sampling_precision', `sampling precision is too great, should be <= 14: ${precision}`)
      : [];
  },
};

/** contrib extension/basicauthextension, `Config.Validate`. */
export const basicAuthValues: ValueCheck = {
  of: ['extensions/basicauth'],
  check: ({ body }) => {
    const [server, client] = [isThere(body['htpasswd']), isThere(body['client_auth'])];
    if (server && client) {
      return atKey('client_auth', 'only one of `htpasswd` or `client_auth` can be specified');
    }
    return server || client ? [] : atKey('htpasswd', 'no credential source provided');
  },
};

/** contrib extension/bearertokenauthextension, `Config.Validate`. */
export const bearerTokenValues: ValueCheck = {
  of: ['extensions/bearertokenauth'],
  check: ({ body }) => {
    const [token, tokens, file] = ['token', 'tokens', 'filename'].map((key) => isGiven(body[key]));
    if (token === true && tokens === true) {
      return atKey('tokens', 'either tokens or token should be provided, not both', { since: '0.128.0' });
    }
    return token === true || tokens === true || file === true
      ? []
      : atKey('token', 'no bearer token provided');
  },
};

/** contrib exporter/fileexporter, `Config.Validate`. */
export const fileExporterValues: ValueCheck = {
  of: ['exporters/file'],
  check: ({ body, version }) => {
    const { path } = body;
    const group = mapOf(body['group_by']);
    if (!isGiven(path)) return atKey('path', 'path must be non-empty');
    if (body['append'] === true && isThere(body['rotation'])) {
      return atKey('append', 'append and rotation enabled at the same time is not supported');
    }
    const compression = asText(body['compression']);
    if (compression !== undefined && !['', 'zstd'].includes(compression) && !compression.includes('$')) {
      return atKey('compression', 'compression is not supported');
    }
    const format = asText(body['format']);
    if (format !== undefined && !['json', 'proto'].includes(format) && !format.includes('$')) {
      return atKey('format', 'format type is not supported');
    }
    const flush = durationOf(body['flush_interval'], 0);
    if (flush !== undefined && flush < 0) {
      return atKey('flush_interval', 'flush_interval must be larger than zero');
    }
    if (group['enabled'] === true && typeof path === 'string' && !path.includes('$')) {
      if (path.split('*').length !== 2) {
        // Written so until 0.119.
        const exactly = version === undefined || isAtLeast(version, '0.120.0') ? 'exactly' : 'exatcly';
        return atKey('path', `path must contain ${exactly} one * when group_by is enabled`);
      }
      if (path.startsWith('*')) return atKey('path', 'path must not start with * when group_by is enabled');
    }
    return isGiven(body['directory_permissions']) && body['create_directory'] !== true
      ? atKey('directory_permissions', 'directory_permissions requires create_directory to be true', {
          since: '0.144.0',
        })
      : [];
  },
};

/** contrib processor/groupbytraceprocessor, when it is made. */
export const groupByTraceValues: ValueCheck = {
  of: ['processors/groupbytrace'],
  check: ({ body, signals }) => {
    if (!signals.includes('traces')) return [];
    if (body['store_on_disk'] === true) {
      return atKey('store_on_disk', "option 'disk storage' not supported in this release");
    }
    return body['discard_orphans'] === true
      ? atKey('discard_orphans', "option 'discard orphans' not supported in this release")
      : [];
  },
};

const NODE_METRICS = ['container.cpu', 'pod.cpu', 'container.memory', 'pod.memory'].map(
  (name) => `k8s.${name}.node.utilization`,
);

/** contrib receiver/kubeletstatsreceiver: `Config.Validate`, and the kubelet's client when it is made. */
export const kubeletValues: ValueCheck = {
  of: ['receivers/kubelet_stats'],
  check: ({ body, signals }) => {
    const metrics = mapOf(body['metrics']);
    const on = NODE_METRICS.find((name) => mapOf(metrics[name])['enabled'] === true);
    if (on !== undefined && !isGiven(body['node'])) {
      const why = `for ${on} node setting is required. Check the readme on how to set the required setting`;
      return [{ below: ['metrics', on], under: [], why }];
    }
    if (body['auth_type'] === '') {
      return [{ below: ['auth_type'], under: [], why: 'invalid authType for kubernetes: ' }];
    }
    const byCertificate = [undefined, 'tls'].includes(asText(body['auth_type']));
    return byCertificate && !isGiven(body['cert_file']) && signals.length > 0
      ? atKey('auth_type', 'cert path  could not be read: open : no such file or directory')
      : [];
  },
};

/** contrib processor/cumulativetodeltaprocessor, `Config.Validate`. */
export const deltaValues: ValueCheck = {
  of: ['processors/cumulative_to_delta'],
  check: ({ body }) => {
    for (const side of ['include', 'exclude']) {
      const block = mapOf(body[side]);
      const [metrics, match] = [isGiven(block['metrics']), isGiven(block['match_type'])];
      if (metrics && !match) return atKey(side, 'match_type must be set if metrics are supplied');
      if (match && !metrics) return atKey(side, 'metrics must be supplied if match_type is set');
    }
    return [];
  },
};

const DELETION_GATE = 'filelog.allowFileDeletion';

/** contrib pkg/stanza/fileconsumer, when it is made: headers are only read at the beginning of files. */
export const fileLogValues: ValueCheck = {
  of: ['receivers/file_log'],
  check: ({ body, signals }) => {
    if (!signals.includes('logs')) return [];
    const start = asText(body['start_at']);
    if (isThere(body['header']) && [undefined, 'end'].includes(start)) {
      return atKey('header', "'header' cannot be specified with 'start_at: end'");
    }
    if (body['delete_after_read'] === true) {
      const why = `'delete_after_read' requires feature gate '${DELETION_GATE}'`;
      return atKey('delete_after_read', why, { gate: DELETION_GATE });
    }
    const known = start === undefined || start.includes('$') || ['', 'beginning', 'end'].includes(start);
    return known ? [] : atKey('start_at', `invalid start_at location '${start}'`);
  },
};

/** core exporter/debugexporter, `Config.Validate`. */
export const debugValues: ValueCheck = {
  of: ['exporters/debug'],
  check: ({ body }) =>
    asText(body['verbosity'])?.toLowerCase() === 'none'
      ? atKey('verbosity', 'verbosity level "None" is not supported')
      : [],
};

/** contrib extension/storage/filestorage, `Config.Validate`. Whether directories are there is not known here. */
export const fileStorageValues: ValueCheck = {
  of: ['extensions/file_storage'],
  check: ({ body }) => {
    const { max_size: size } = body;
    return typeof size === 'number' && size < 0 ? atKey('max_size', 'max size cannot be less than 0') : [];
  },
};

/** contrib receiver/hostmetricsreceiver, `Config.Validate`. */
export const hostMetricsValues: ValueCheck = {
  of: ['receivers/host_metrics'],
  check: ({ body }) =>
    typeof body['scrapers'] === 'string' || isGiven(body['scrapers'])
      ? []
      : atKey('scrapers', 'must specify at least one scraper when using hostmetrics receiver'),
};

const V2_GATE = 'extension.healthcheck.useComponentStatus';

/** contrib extension/healthcheckextension, `Config.Validate`: the keys of its successor are there before they may be used. */
export const healthCheckValues: ValueCheck = {
  of: ['extensions/health_check'],
  check: ({ body }) => {
    const used = ['http', 'grpc'].find((key) => isThere(body[key]));
    if (used !== undefined) {
      const why = `v2 healthcheck configuration (http/grpc fields) detected but feature gate is disabled. Either remove the v2 config fields or enable the feature gate with: --feature-gates=+${V2_GATE}`;
      return atKey(used, why, { since: '0.144.0', gate: V2_GATE });
    }
    const { path } = body;
    if (typeof path === 'string' && path !== '' && !path.startsWith('/') && !path.includes('$')) {
      return atKey('path', 'path must start with /');
    }
    return body['use_v2'] === true
      ? atKey('use_v2', 'must specify at least one protocol', { since: '0.144.0' })
      : [];
  },
};

const FLATTEN_GATE = 'transform.flatten.logs';

/** contrib processor/transformprocessor, `Config.Validate`. */
export const transformValues: ValueCheck = {
  of: ['processors/transform'],
  check: ({ body }) =>
    body['flatten_data'] === true
      ? atKey('flatten_data', `'flatten_data' requires the '${FLATTEN_GATE}' feature gate to be enabled`, {
          gate: FLATTEN_GATE,
        })
      : [],
};

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : value === undefined || value === null ? undefined : '';
}
