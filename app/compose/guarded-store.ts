import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../src/ports/clock.ts';
import { Audit } from '../identity/audit.ts';
import { createCipher, makeEncryptionKey } from '../identity/cipher.ts';
import type { Redaction } from '../identity/redaction.ts';
import { sealedStore } from '../identity/sealed-store.ts';
import type { Store } from '../store/store.ts';
import { openStore } from './open-store.ts';

const KEY_FILE = 'encryption.key';

/** What a store is opened with. */
export interface StoreSettings {
  readonly store: string;
  /** Empty: one is made beside a store in a folder; a database's values are kept as they are. */
  readonly encryptionKeys: readonly string[];
}

export interface GuardedStore {
  readonly store: Store;
  readonly audit: Audit;
  /** How the values in it are kept, for whoever started the app; empty where the settings say it. */
  readonly said: string;
}

/** The store with secrets sealed in it and changes written down. Rejects with OperationError when it cannot be opened. */
export async function openGuardedStore(
  { store: location, encryptionKeys }: StoreSettings,
  clock: Clock,
  redaction: Redaction,
): Promise<GuardedStore> {
  // First the store: from then on its folder is there, and no other process makes a key in it.
  const opened = await openStore(location, clock);
  try {
    const { keys, said } = encryptionKeys.length > 0 ? { keys: encryptionKeys, said: '' } : madeKey(location);
    const audit = new Audit(clock);
    const sealed = keys.length === 0 ? opened : sealedStore(opened, createCipher(keys));
    return { store: audit.over(redaction.over(sealed)), audit, said };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** A key for who set none, on this machine alone: kept in the store's folder, so that the next start reads what this one wrote. */
function madeKey(location: string): { readonly keys: readonly string[]; readonly said: string } {
  if (location === ':memory:') return { keys: [makeEncryptionKey()], said: '' };
  if (location.includes('://')) {
    return {
      keys: [],
      said: 'Secrets in the store are NOT encrypted: set COLLIE_ENCRYPTION_KEY, the same for every replica',
    };
  }
  const path = join(location, KEY_FILE);
  if (!existsSync(path)) writeFileSync(path, `${makeEncryptionKey()}\n`, { mode: 0o600, flag: 'wx' });
  return {
    keys: [readFileSync(path, 'utf8').trim()],
    said: `Secrets in the store are encrypted with ${path}; set COLLIE_ENCRYPTION_KEY to keep the key elsewhere`,
  };
}
