import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root =
  process.env['COLLIE_SHARED'] ?? join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'shared');

/**
 * The path of a file or folder of real data that is not part of this repository: below `COLLIE_SHARED`, else `../shared` beside the
 * repository. Undefined when it is not there; then this says so, and the caller skips.
 */
export function sharedPath(...parts: string[]): string | undefined {
  const path = join(root, ...parts);
  if (existsSync(path)) return path;
  process.stderr.write(`${skipReason(...parts)}\n`);
  return undefined;
}

/** What is printed when a test skips for want of `parts`. */
export function skipReason(...parts: string[]): string {
  return `skipped: ${parts.join('/')} is not there (set COLLIE_SHARED to the folder of shared data)`;
}
