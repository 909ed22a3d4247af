const SECRET_KEY_END =
  /(?:password|passwd|pwd|passphrase|secret|secretkey|token|apikey|accesskey|privatekey|signingkey|ingestkey|encryptionkey|sharedkey|accountkey|licensekey|credentials?|dsn|connectionstring|webhookurl|authorization|cookie|honeycombteam)$/;
const SECRET_KEY_WHOLE = new Set(['auth', 'sas', 'sastoken', 'pass', 'bearer']);
/** Every value below these is secret: header names say nothing about what they carry. */
export const SECRET_MAPS: ReadonlySet<string> = new Set(['headers', 'metadata', 'cookies', 'authorization']);

/** Whether values under this key are secrets, whatever they look like. Separators and case do not matter. */
export function isSecretKey(key: string): boolean {
  const word = key.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  return SECRET_KEY_END.test(word) || SECRET_KEY_WHOLE.has(word);
}

/**
 * Whether a value holds nothing but references (`${env:X}`, `$env.X`, `{{ .X }}`), an authentication scheme's name, or a
 * mask that somebody else put there: those are shown as they are (SEC-26 R1, R7).
 */
export function isReference(value: string): boolean {
  if (value === '' || value.startsWith('‹redacted') || value === '[REDACTED]') {
    return true;
  }
  const rest = value
    .replaceAll(/\(sensitive\)|\$?\$\{[^{}]*\}|\$env\.\w+|\$[A-Z_][A-Z0-9_]*\b|\{\{[^{}]*\}\}/g, '')
    .replaceAll(/\b(?:bearer|basic|secret-?key|api-?token|api-?key|token|splunk|digest|negotiate)\b/gi, '')
    .replaceAll(/[\s:,;="'@/]/g, '');
  return rest === '' || /^[*x•]+$/i.test(rest);
}
