import { secretIn } from '../secrets.ts';
import type { TableName } from '../store/database.ts';
import type { Invariant, Scene } from './invariant.ts';

/** Tables that lie open in the store: nothing in them is sealed. */
const OPEN: ReadonlySet<TableName> = new Set<TableName>(['outbox', 'audit', 'handovers', 'deliveries']);

/** INV-15: what agents quote of a secret is told nobody: not on GitHub, and not where it waits to be told. */
export function secrets({ world, github }: Scene): Invariant {
  if (github !== undefined) {
    github.onWritten = (where, text) => {
      const secret = secretIn(text);
      if (secret !== '') world.violate('INV-15', `${where} on GitHub says “${secret}”`);
    };
  }
  return {
    names: ['INV-15'],
    committed(_by, changes) {
      for (const { table, key, after } of changes) {
        if (after === undefined || !OPEN.has(table)) continue;
        const secret = secretIn(JSON.stringify(after));
        if (secret !== '') world.violate('INV-15', `${table} ${key} holds “${secret}”`);
      }
    },
  };
}
