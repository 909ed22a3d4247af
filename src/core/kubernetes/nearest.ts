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
  return others.length === 0 || first === undefined ? first : nearestOf(candidates)(file);
}

/** {@link nearest} among the same candidates for many files: each is looked up, not compared with all. */
export function nearestOf<T extends { readonly at: SourceRange }>(
  candidates: readonly T[],
): (file: string) => T | undefined {
  const byPlace = new Map<string, T>();
  for (const candidate of candidates) {
    for (const place of placesOf(candidate.at.file)) {
      if (!byPlace.has(place)) byPlace.set(place, candidate);
    }
  }
  return (file) => {
    const place = placesOf(file).find((one) => byPlace.has(one));
    return place === undefined ? undefined : byPlace.get(place);
  };
}

/**
 * Of objects that are for a declaration of which there are several, in `files`, those that are for the one in a given file, and not for one
 * of the same name in another: nothing of them is nearer to it. In the order of the candidates.
 */
export function belongingTo<T extends { readonly at: SourceRange }>(
  candidates: readonly T[],
  files: readonly string[],
): (file: string) => readonly T[] {
  const declared = new Set(files.flatMap((file) => placesOf(file)));
  const order = new Map(candidates.map((candidate, index) => [candidate, index]));
  const byPlace = Map.groupBy(candidates, ({ at }) => placesOf(at.file).find((place) => declared.has(place)));
  return (file) =>
    placesOf(file)
      .flatMap((place) => byPlace.get(place) ?? [])
      .toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
}

/** A file and the folders above it, from the inside out: `a/b/c.yaml`, `a/b/`, `a/` and the top, which is empty. */
function placesOf(file: string): readonly string[] {
  const places = [file];
  for (let end = file.lastIndexOf('/'); end >= 0; end = file.lastIndexOf('/', end - 1)) {
    places.push(file.slice(0, end + 1));
    if (end === 0) break;
  }
  places.push('');
  return places;
}
