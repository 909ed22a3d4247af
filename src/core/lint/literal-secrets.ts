import { isReference, isSecretKey } from '../document/secret-keys.ts';
import { isList, isMap } from '../document/node.ts';
import type { Json } from '../document/node.ts';

/** How sure it is that a text is a secret: `real`, or one that stands for another. */
export type SecretKind = 'real' | 'placeholder';

/** Beginnings of tokens that say what they are (Dynatrace, Bindplane, KloudMate, GitHub, AWS, Slack, Grafana, New Relic, PEM). */
const TOKEN =
  /^(?:dt0[a-z]\d{2}\.[A-Z0-9]{8,}|bp_[A-Za-z0-9]{16,}|km_[A-Za-z0-9]{8,}|gh[pousr]_[A-Za-z0-9]{20,}|AKIA[A-Z0-9]{16}|xox[abp]-\S{10,}|glc_\S{20,}|NRAK-\S{20,}|-----BEGIN [A-Z ]*PRIVATE KEY-----)/;

const STANDS_FOR_ANOTHER =
  /your|change[-_ ]?(?:me|it|this)|example|place[-_ ]?holder|dummy|fake|sample|redacted|insert|replace|to[-_ ]?do|<[^<>]*>|x{3,}|\*{3,}|\.{3,}|abc123|1234567|-here\b|goes[-_ ]?here|not[-_ ]?a[-_ ]?secret|^(?:0|-)+$|^(?:secret|password|passwd|pass|token|api[-_ ]?key|key|test|testing|default|none|null|foo|bar|demo|local|admin|guest|root|user|postgres|otel|otelu|otelp)$/i;

/**
 * Whether a text under a key is a secret that everybody who reads the file has: by the key's name, or by the form of the text. Undefined for
 * references (`${env:TOKEN}`), masks and empty texts.
 */
export function literalSecret(key: string, value: string): SecretKind | undefined {
  const text = value.trim();
  if (isReference(text) || text.includes('${') || text.includes('{{')) return undefined;
  const scheme = /^(?:bearer|basic|token|api-?key|api-token|splunk)\s+/i;
  const bare = text.replace(scheme, '');
  if (TOKEN.test(bare)) return STANDS_FOR_ANOTHER.test(bare) ? 'placeholder' : 'real';
  if (!isSecretKey(key) || bare.length < 3 || isHarmless(key, bare)) return undefined;
  return STANDS_FOR_ANOTHER.test(bare) ? 'placeholder' : 'real';
}

const SWITCH = /^(?:true|false|enabled|disabled|none|basic|bearer|serviceaccount|kubeconfig|default)$/i;

/** Words under such keys that are no secrets: where to find one, which kind it is, switches. */
function isHarmless(key: string, value: string): boolean {
  if (SWITCH.test(value)) return true;
  // A file or an address holds it, or the value is an address without one.
  if (/^(?:\/|\.\/|file:)/.test(value)) return true;
  const connection = /(?:dsn|connectionstring|webhookurl)$/i.test(key.replaceAll(/[^a-z]/gi, ''));
  return connection && !/:\/\/[^/\s:]*:[^@\s]+@|(?:password|sharedaccesskey|accountkey)=/i.test(value);
}

/** A secret in a tree of values. */
export interface FoundSecret {
  readonly path: readonly string[];
  readonly kind: SecretKind;
}

/** The literal secrets of a tree, in its order. */
export function literalSecrets(value: Json, path: readonly string[] = []): readonly FoundSecret[] {
  if (typeof value === 'string') {
    const key = path.findLast((step) => !/^\d+$/.test(step)) ?? '';
    const kind = literalSecret(key, value);
    return kind === undefined ? [] : [{ path, kind }];
  }
  if (isList(value)) return value.flatMap((item, index) => literalSecrets(item, [...path, String(index)]));
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => literalSecrets(child, [...path, key]));
}
