import { createCipheriv, createDecipheriv, createHash, createSecretKey, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { OperationError } from '../../src/ports/operation-error.ts';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SEALED = /^sealed:1:([0-9a-f]{8}):([\w-]+)$/;

/** Seals texts for storing, and opens them again. `place` is bound to the text: what was sealed for one place opens in no other. */
export interface Cipher {
  seal(text: string, place: string): string;
  /** A text that was never sealed comes back as it is. Throws OperationError `cannot-decrypt` without the key, or when it was changed. */
  open(text: string, place: string): string;
}

/**
 * AES-256-GCM with a fresh 96-bit nonce for each text (SEC-88). The first key seals, all of them open: a new key is put in front, and the old one
 * taken away once nothing sealed with it is left. Throws OperationError on a key that is none.
 */
export function createCipher(keys: readonly string[]): Cipher {
  const known = keys.map(readKey);
  const [first] = known;
  if (first === undefined) throw new TypeError('a cipher needs a key');
  return {
    seal(text, place) {
      const nonce = freshNonce();
      const cipher = createCipheriv(ALGORITHM, first.key, nonce);
      cipher.setAAD(Buffer.from(place, 'utf8'));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      const bytes = Buffer.concat([nonce, cipher.getAuthTag(), body]);
      return `sealed:1:${first.id}:${bytes.toString('base64url')}`;
    },
    open(text, place) {
      const [, id, body = ''] = SEALED.exec(text) ?? [];
      if (id === undefined) return text;
      const key = known.find((candidate) => candidate.id === id);
      if (key === undefined) throw unreadable(`it is sealed with the key ${id}, which is not among the keys`);
      const bytes = Buffer.from(body, 'base64url');
      try {
        const decipher = createDecipheriv(ALGORITHM, key.key, bytes.subarray(0, NONCE_BYTES));
        decipher.setAAD(Buffer.from(place, 'utf8'));
        decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        const opened = [decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()];
        return Buffer.concat(opened).toString('utf8');
      } catch {
        throw unreadable('it was changed since it was stored');
      }
    },
  };
}

const POOLED_NONCES = 512;
let pool = Buffer.alloc(0);

/** Random bytes that were never given before. They are drawn many at a time: each draw is a call into the system. */
function freshNonce(): Buffer {
  if (pool.length < NONCE_BYTES) pool = randomBytes(NONCE_BYTES * POOLED_NONCES);
  const nonce = pool.subarray(0, NONCE_BYTES);
  pool = pool.subarray(NONCE_BYTES);
  return nonce;
}

function unreadable(why: string): OperationError {
  return new OperationError({
    code: 'cannot-decrypt',
    message: `A stored value cannot be read: ${why}`,
    hint: 'COLLIE_ENCRYPTION_KEY takes the older keys too, after the newest, with commas',
  });
}

function readKey(text: string): { readonly id: string; readonly key: KeyObject } {
  const hex = /^[0-9a-f]{64}$/i.test(text);
  const key = Buffer.from(text, hex ? 'hex' : 'base64');
  if (key.length !== KEY_BYTES) {
    throw new OperationError({
      code: 'bad-settings',
      message: `An encryption key has ${KEY_BYTES} bytes as base64 or hex; this one has ${key.length}`,
      hint: 'Make one with: openssl rand -base64 32',
    });
  }
  // The id is no secret: it says which key is meant, and nothing of it.
  const id = createHash('sha256').update('collie key id').update(key).digest('hex').slice(0, 8);
  // A key object is made ready once; bytes would be looked at anew for each text.
  return { id, key: createSecretKey(key) };
}

/** A new key, as text for the settings. */
export function makeEncryptionKey(): string {
  return randomBytes(KEY_BYTES).toString('base64');
}
