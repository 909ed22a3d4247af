import { compareVersions, parseVersion } from '../version.ts';
import type { Version } from '../version.ts';

/**
 * Which of several binaries judge a config, by the collector versions that will run it: for each version the nearest one; the newest where no version
 * is known. In the order of the list, each once.
 */
export function judgesFor<Binary extends { readonly version: string }>(
  binaries: readonly Binary[],
  versions: readonly string[],
): readonly Binary[] {
  const wanted = versions.flatMap((text) => parseVersion(text) ?? []);
  const chosen = new Set(
    wanted.length === 0 ? [newest(binaries)] : wanted.map((version) => nearest(binaries, version)),
  );
  return binaries.filter((binary) => chosen.has(binary));
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
