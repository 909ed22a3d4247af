/** One shape of a secret. With `secret` the first group holds it, else it is the whole match. */
export interface SecretShape {
  readonly pattern: RegExp;
  readonly secret?: true;
}

/**
 * Shapes that are secrets wherever they stand (SEC-26 R4; prefixes from reference/collector.md §4.3 SEC-001). Every pattern
 * is linear: bounded repetition of one character class after a literal.
 */
export const SECRET_SHAPES: readonly SecretShape[] = [
  {
    pattern:
      /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:(?!-----)[\s\S]){0,20000}(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g,
  },
  { pattern: /\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g },
  { pattern: /\b[a-z][a-z0-9+.-]{1,20}:\/\/([^\s/@:]{0,200}:[^\s/@]{1,400})@/gi, secret: true },
  {
    pattern:
      /[?&](?:sig|signature|x-amz-signature|x-amz-credential|x-amz-security-token|token|access_token|api[-_]?key|key|secret|password|auth)=([^\s&#"'`]{4,400})/gi,
    secret: true,
  },
  { pattern: /\bgh[pousr]_[A-Za-z0-9]{16,}/g },
  { pattern: /\bgithub_pat_\w{16,}/g },
  { pattern: /\bglpat-[\w-]{16,}/g },
  { pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g },
  { pattern: /\bxox[a-z]-[\w-]{8,}/g },
  { pattern: /\bhttps:\/\/hooks\.slack\.com\/services\/([\w/]{8,})/g, secret: true },
  { pattern: /\bsk-[\w-]{16,}/g },
  { pattern: /\bAIza[\w-]{20,}/g },
  { pattern: /\bdt0[a-z]\d{2}\.[A-Z0-9]{8,}(?:\.[A-Z0-9]{8,})?/g },
  { pattern: /\b(?:bp|km)_[A-Za-z0-9]{12,}/g },
  { pattern: /\bglc_[\w+/=-]{16,}/g },
  { pattern: /\bglsa_\w{16,}/g },
  { pattern: /\bNRAK-[A-Z0-9]{16,}/g },
  { pattern: /\b[a-f0-9]{32,40}FFFFNRAL\b/g },
  { pattern: /\bhcaik_\w{16,}/g },
  { pattern: /\bSG\.[\w-]{16,}\.[\w-]{16,}/g },
  { pattern: /\bnpm_[A-Za-z0-9]{20,}/g },
  { pattern: /\bwhsec_[\w+/=-]{12,}/g },
  {
    pattern: /\b(?:AccountKey|SharedAccessKey|SharedAccessSignature|Password|Pwd)=([^\s;"'`]{4,400})/gi,
    secret: true,
  },
  {
    pattern:
      /\b(?:Bearer|Basic|Api-Token|ApiKey|Splunk|Secret-Key)\s+((?=[A-Za-z+/=._~-]{0,200}\d)[\w+/=.~-]{8,})/gi,
    secret: true,
  },
];

/** A key within a line and what stands between it and its value, as logs, Go's maps and JSON write them. */
export const INLINE_KEY: RegExp = /\b([\w.-]{1,60})["']?[ \t]{0,4}[:=][ \t]{0,4}["']?/g;

/** The value after such a key; references (`${..}`) belong to it whole. */
export const INLINE_VALUE: RegExp = /(?:\$\{[^{}\s]{0,200}\}|[^\s"',;\]}]){1,400}/y;

/** What may be a random string: the alphabets of base64 and hex, long enough to carry a key. */
export const ENTROPY_CANDIDATE: RegExp = /[A-Za-z0-9+/_=-]{20,}/g;

/**
 * Whether a word is random enough to be a key (SEC-26 R5): upper, lower and digits mixed in one part with at least 4 bits a character,
 * or at least 32 hex digits with 3; never a UUID, nor what is named a digest, checksum, hash or commit.
 */
export function looksRandom(word: string, before: string): boolean {
  if (
    /(?:sha(?:1|256|512)|checksum[\w./-]*|hash|digest|commit|redacted)["']?[:@=-]?\s*["']?$/i.test(before)
  ) {
    return false;
  }
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(word)) return false;
  if (/^[0-9a-f]{32,}$/i.test(word)) return bitsPerCharacter(word) >= 3;
  const mixed = word
    .split(/[/_-]+/)
    .some((part) => part.length >= 16 && /[A-Z]/.test(part) && /[a-z]/.test(part) && /[0-9]/.test(part));
  return mixed && bitsPerCharacter(word) >= 4;
}

function bitsPerCharacter(word: string): number {
  const counts = new Map<string, number>();
  for (const character of word) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / word.length) * Math.log2(count / word.length);
  return bits;
}
