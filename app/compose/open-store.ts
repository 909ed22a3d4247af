import type { Clock } from '../../src/ports/clock.ts';
import { OperationError } from '../../src/ports/operation-error.ts';
import { STORES } from '../store/index.ts';
import type { Store } from '../store/store.ts';

/** Opens the store that `location` names. Rejects with OperationError when no kind of store knows it. */
export async function openStore(location: string, clock: Clock): Promise<Store> {
  const member = STORES.find((candidate) => candidate.accepts(location));
  if (member === undefined) {
    throw new OperationError({
      code: 'store-unknown',
      message: `COLLIE_STORE=${location.replace(/:\/\/.*/s, '://…')} is no kind of store this Collie has`,
      hint: `Give it a folder (there ${STORES.length === 1 ? 'is' : 'are'}: ${STORES.map(({ name }) => name).join(', ')})`,
    });
  }
  return member.open(location, () => clock.now());
}
