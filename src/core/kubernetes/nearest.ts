import type { SourceRange } from '../document/finding.ts';

/**
 * Of several objects of one name the one that belongs to a file: in the file itself, else in the folder that shares most of its path, else
 * the first. Repositories declare an object once for each environment, and what stands together is applied together.
 */
export function nearest<T extends { readonly at: SourceRange }>(
  candidates: readonly T[],
  file: string,
): T | undefined {
  const [first, ...others] = candidates;
  if (others.length === 0 || first === undefined) return first;
  let best = first;
  let highest = -1;
  for (const candidate of candidates) {
    const close = closeness(candidate.at.file, file);
    if (close === Infinity) return candidate;
    if (close > highest) [best, highest] = [candidate, close];
  }
  return best;
}

/**
 * Whether an object that stands in `file` is for the declaration in `own`, and not for one of the same name in `others`: nothing of them is
 * nearer to it.
 */
export function belongsTo(file: string, own: string, others: readonly string[]): boolean {
  const near = closeness(file, own);
  return others.every((other) => closeness(file, other) <= near);
}

function closeness(a: string, b: string): number {
  if (a === b) return Infinity;
  const [left, right] = [a.split('/').slice(0, -1), b.split('/').slice(0, -1)];
  const parts = left.findIndex((part, index) => part !== right[index]);
  return parts < 0 ? left.length : parts;
}
