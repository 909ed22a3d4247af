import { OperationError } from '../../src/ports/operation-error.ts';

/** GitHub advises high entropy; 20 bytes of hex or base64 are beyond guessing (SEC-41). */
const MIN_BYTES = 20;
const MIN_DISTINCT_CHARACTERS = 8;
const MIN_OWN_CHARACTERS = 12;

/** Words that stand in examples, in Probot's own default, and in what people type when asked for a secret. */
const COMMON_WORDS = [
  'administrator',
  'changeme',
  'collie',
  'default',
  'development',
  'example',
  'github',
  'letmein',
  'password',
  'placeholder',
  'probot',
  'production',
  'qwerty',
  'replaceme',
  'secret',
  'staging',
  'testing',
  'webhook',
  'welcome',
  'your',
  'admin',
  'change',
  'test',
  'pass',
  'app',
  'dev',
  'key',
  'me',
];

/** Why a webhook secret is too weak to be trusted, in words; undefined when it is not. */
export function secretWeakness(secret: string): string | undefined {
  if (secret === '') return 'it is empty';
  if (secret.trim().toLowerCase() === 'development') return 'it is the default that Probot falls back to';
  if (Buffer.byteLength(secret) < MIN_BYTES) return `it is shorter than ${MIN_BYTES} bytes`;
  if (new Set(secret).size < MIN_DISTINCT_CHARACTERS) return 'it repeats a few characters';
  const own = COMMON_WORDS.reduce((rest, word) => rest.replaceAll(word, ''), secret.toLowerCase());
  if (
    own.replaceAll(/[^a-z0-9+/=]|0?123(?:4(?:5(?:6(?:7(?:8(?:90?)?)?)?)?)?)?/g, '').length <
    MIN_OWN_CHARACTERS
  ) {
    return 'it is made of common words';
  }
  return undefined;
}

/** Refuses to start with a weak secret. The message never holds the secret. */
export function requireStrongSecret(secret: string): void {
  const weakness = secretWeakness(secret);
  if (weakness === undefined) return;
  throw new OperationError({
    code: 'weak-webhook-secret',
    message: `WEBHOOK_SECRET is too weak: ${weakness}`,
    hint: 'Whoever guesses it can tell the app anything. Make one with `openssl rand -hex 32` and set it in the GitHub App too',
  });
}
