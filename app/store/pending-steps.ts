import { OperationError } from '../../src/ports/operation-error.ts';
import type { SchemaStep } from './migrations.ts';
import { MIGRATIONS } from './migrations.ts';

/** Steps that a store with schema `version` still needs, in order. Throws OperationError when a newer Collie wrote it. */
export function pendingSteps(version: number, shown: string): readonly SchemaStep[] {
  const newest = MIGRATIONS.at(-1)?.version ?? 0;
  if (version > newest) {
    throw new OperationError({
      code: 'store-newer',
      message: `The store in ${shown} has schema ${version}, this Collie knows up to ${newest}`,
      hint: 'Run the Collie that wrote it, or a newer one',
    });
  }
  return MIGRATIONS.filter((step) => step.version > version);
}
