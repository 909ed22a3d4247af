import { compareVersions, parseVersion } from '../version.ts';
import type { Version } from '../version.ts';

/** A binary, and those of the versions that it stands for. */
export interface Judge<Binary> {
  readonly binary: Binary;
  readonly versions: readonly string[];
}

/**
 * Which of several binaries judge a config, by the collector versions that will run it: for each version the nearest one; the newest where no version
 * is known. In the order of the list, each once.
 */
export function judgesFor<Binary extends { readonly version: string }>(
  binaries: readonly Binary[],
  versions: readonly string[],
): readonly Judge<Binary>[] {
  const wanted = versions.flatMap((text) => {
    const version = parseVersion(text);
    return version === undefined ? [] : [{ text, by: nearest(binaries, version) }];
  });
  const fallback = wanted.length === 0 ? newest(binaries) : undefined;
  return binaries.flatMap((binary) => {
    const own = wanted.filter(({ by }) => by === binary).map(({ text }) => text);
    return own.length > 0 || binary === fallback ? [{ binary, versions: own }] : [];
  });
}

function newest<Binary extends { readonly version: string }>(
  binaries: readonly Binary[],
): Binary | undefined {
  return binaries.reduce<Binary | undefined>(
    (best, one) =>
      best === undefined || compareVersions(numbers(one.version), numbers(best.version)) > 0 ? one : best,
    undefined,
  );
}

function nearest<Binary extends { readonly version: string }>(
  binaries: readonly Binary[],
  wanted: Version,
): Binary | undefined {
  const away = ({ version }: Binary): number => distance(numbers(version), wanted);
  return binaries.reduce<Binary | undefined>(
    (best, one) => (best === undefined || away(one) < away(best) ? one : best),
    undefined,
  );
}

function numbers(text: string): Version {
  return parseVersion(text) ?? { major: 0, minor: 0, patch: 0 };
}

/** A minor release is more than any number of patches; there are less than 1000 of either. */
function distance(a: Version, b: Version): number {
  return (
    Math.abs(a.major - b.major) * 1_000_000 + Math.abs(a.minor - b.minor) * 1000 + Math.abs(a.patch - b.patch)
  );
}
