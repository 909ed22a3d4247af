import type { Clock } from '../../src/ports/clock.ts';
import { OperationError } from '../../src/ports/operation-error.ts';
import { STORES, type StoreMember } from '../store/index.ts';
import type { Store } from '../store/store.ts';

/** Opens the store that `location` names. Rejects with OperationError when no kind of store knows it. */
export async function openStore(location: string, clock: Clock): Promise<Store> {
  return memberFor(location).open(location, () => clock.now());
}

/** The kind of store that `location` names. Throws OperationError when there is none. */
export function memberFor(location: string): StoreMember {
  const member = STORES.find((candidate) => candidate.accepts(location));
  if (member !== undefined) return member;
  throw new OperationError({
    code: 'store-unknown',
    message: `COLLIE_STORE=${location.replace(/:\/\/.*/s, '://…')} is no kind of store this Collie has`,
    hint: `Give it a folder, or a postgres:// URL (there are: ${STORES.map(({ name }) => name).join(', ')})`,
  });
}
