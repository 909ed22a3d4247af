import { isList, isMap } from '../../document/node.ts';
import type { Json, JsonMap } from '../../document/node.ts';
import { isGiven, mapOf } from './value-mistake.ts';
import type { Checked, ValueCheck, ValueMistake } from './value-mistake.ts';

/** Before, half a pair of certificate and key only failed when the connection was made (core config/configtls 1.42). */
const PAIRS = '0.136.0';

/** core config/configtls, wherever a component has such a block. */
export const tlsValues: ValueCheck = {
  of: ['receivers', 'exporters', 'extensions'],
  check: (component) => blocksNamed('tls', component.body).flatMap((found) => certificates(found, component)),
};

function certificates({ below, body }: Block, { takes }: Checked): readonly ValueMistake[] {
  if (body['enabled'] === false || !takes([...below, 'cert_file'])) return [];
  const either = (...keys: readonly string[]): boolean => keys.some((key) => isGiven(body[key]));
  const both = (...keys: readonly string[]): boolean => keys.every((key) => isGiven(body[key]));
  const mistake = (why: string, since?: string): readonly ValueMistake[] => [
    {
      below: below.length === 0 ? ['cert_file'] : below,
      under: below,
      why,
      ...(since !== undefined && { since }),
    },
  ];
  if (both('ca_file', 'ca_pem')) {
    return mistake('provide either a CA file or the PEM-encoded string, but not both');
  }
  if (both('cert_file', 'cert_pem')) {
    return mistake('provide either certificate file or PEM, but not both', PAIRS);
  }
  if (both('key_file', 'key_pem')) return mistake('provide either key file or PEM, but not both', PAIRS);
  const [certificate, key] = [either('cert_file', 'cert_pem'), either('key_file', 'key_pem')];
  if (certificate !== key) {
    const why =
      'TLS configuration must include both certificate and key (CertFile/CertPem and KeyFile/KeyPem)';
    return mistake(why, PAIRS);
  }
  // Only servers have a file with the authorities of their clients.
  return !certificate && takes([...below, 'client_ca_file'])
    ? mistake('TLS configuration must include both certificate and key for server connections', PAIRS)
    : [];
}

/** core config/confighttp and config/configcompression: levels that the kind of compression does not have. */
export const compressionValues: ValueCheck = {
  of: ['exporters'],
  check: ({ body, type, takes }) => {
    const { level } = mapOf(body['compression_params']);
    const kind = body['compression'] ?? (type === 'otlp_http' ? 'gzip' : 'none');
    if (type === 'file' || typeof level !== 'number' || typeof kind !== 'string') return [];
    if (['none', '', 'zstd'].includes(kind) || kind.includes('$')) return [];
    const most = ['gzip', 'zlib', 'deflate'].includes(kind) ? 9 : 0;
    const fits = level >= (most === 0 ? 0 : -2) && level <= most;
    if (fits || !takes(['compression_params', 'level'])) return [];
    const why = `unsupported parameters {Level:${level}} for compression type "${kind}"`;
    return [{ below: ['compression_params', 'level'], under: ['clientconfig'], why, since: '0.118.0' }];
  },
};

interface Block {
  readonly below: readonly string[];
  readonly body: JsonMap;
}

/** The component itself, which may have such a block's keys as its own, and blocks of a name at any depth. */
function blocksNamed(name: string, body: JsonMap): readonly Block[] {
  const found: Block[] = [];
  const visit = (value: Json, path: readonly string[]): void => {
    if (isList(value)) {
      for (const [index, item] of value.entries()) visit(item, [...path, String(index)]);
    } else if (isMap(value)) {
      if (path.length === 0 || path.at(-1) === name) found.push({ below: path, body: value });
      for (const [key, child] of Object.entries(value)) visit(child, [...path, key]);
    }
  };
  visit(body, []);
  return found;
}
