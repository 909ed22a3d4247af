import { manifestOf } from '../../bindplane/manifest.ts';
import type { Resource } from '../../bindplane/resource.ts';
import { withoutHeader } from '../../diff/configs.ts';
import { isList, isMap, type Json, type JsonMap } from '../../document/node.ts';
import type { ServerRollout } from './counts.ts';

/**
 * Label of a version that brings an earlier one back: the number of the version that it undoes. It is how later runs know that
 * a config was given up, and part of the server's history.
 */
export const UNDOES_LABEL = 'collie/undoes';

/** Label beside it: the number of the version that it is again. */
export const RESTORES_LABEL = 'collie/restores';

/** What a server says instead of a secret; on apply it means "keep what you have" (reference/bindplane.md §1.2). */
const SECRET = '(sensitive)';

/** One version of a configuration, as a server keeps it. */
export interface KnownVersion {
  readonly resource: Resource;
  readonly version: number;
  readonly rollout: ServerRollout;
}

/**
 * Why a version cannot be brought back in place of `bad`; undefined when it can. Of a server without any finished rollout
 * `current` is the newest version itself, and Stable may mean that everybody refused (reference/lab-bindplane.md §2, §4).
 */
export function undoObstacle(previous: KnownVersion | undefined, bad: KnownVersion): string | undefined {
  if (previous === undefined || previous.version >= bad.version) return 'there is no earlier version';
  const { status, errors } = previous.rollout;
  if (status !== 'stable' || errors > 0) {
    return `the version before, ${previous.version}, did not end well either`;
  }
  const lost = lostSecrets(previous.resource.spec, bad.resource.spec);
  if (lost.length === 0) return undefined;
  return `version ${previous.version} has secrets that the server does not give out and no longer has: ${lost.join(', ')}`;
}

/**
 * Secrets of inline items that an apply of `spec` would lose: the server keeps the value of an item with the same id, and
 * stores the words `(sensitive)` themselves where it finds none. Library items keep theirs, under their own version.
 */
export function lostSecrets(spec: JsonMap, stored: JsonMap): readonly string[] {
  const kept = new Set(secretsOf(stored, ''));
  return secretsOf(spec, '').filter((secret) => !kept.has(secret));
}

/** `s1/token` of each covered parameter of an inline item, by the ids on the way to it. */
function secretsOf(value: JsonMap, path: string): readonly string[] {
  return Object.entries(value).flatMap(([key, member]) => {
    if (!isList(member)) return [];
    const items = member.filter((item: Json): item is JsonMap => isMap(item));
    if (key === 'parameters') {
      return items
        .filter((parameter) => parameter['value'] === SECRET || parameter['sensitive'] === true)
        .map((parameter) => `${path}${text(parameter['name'])}`);
    }
    return items.flatMap((item) => secretsOf(item, `${path}${text(item['id'])}/`));
  });
}

/**
 * The manifest that brings `previous` back as a new version after `bad`. References keep the versions they were pinned to, so
 * that a library item changed since does not come along.
 */
export function undoManifest(previous: KnownVersion, bad: KnownVersion): JsonMap {
  const manifest = manifestOf(previous.resource);
  const metadata = isMap(manifest['metadata']) ? manifest['metadata'] : {};
  const labels = isMap(metadata['labels']) ? metadata['labels'] : {};
  return {
    ...manifest,
    metadata: {
      ...metadata,
      labels: {
        ...labels,
        [UNDOES_LABEL]: String(bad.version),
        [RESTORES_LABEL]: String(previous.version),
      },
    },
  };
}

/**
 * The version to bring back in place of `bad`: the one that the server called current before, where that one ended well, else
 * the newest earlier one that did and was not given up itself. Undefined when there is none.
 */
export function versionBefore(
  history: readonly KnownVersion[],
  bad: number,
  current: number | undefined,
): number | undefined {
  const undone = new Set(undoneVersions(history));
  const good = history
    .filter(({ version, rollout }) => version < bad && rollout.status === 'stable' && rollout.errors === 0)
    .map(({ version }) => version)
    .filter((version) => !undone.has(version));
  if (current !== undefined && good.includes(current)) return current;
  return good.toSorted((a, b) => b - a)[0];
}

/** Whether a server's text of the new version is that of the old one, but for the header, which names the version. */
export function isSameConfig(raw: string, previousRaw: string): boolean {
  return withoutHeader(raw) === withoutHeader(previousRaw);
}

/** Versions that later ones undid, newest first. */
export function undoneVersions(history: readonly KnownVersion[]): readonly number[] {
  const undone = history.flatMap(({ resource }) => undoneBy(resource)?.undoes ?? []);
  return [...new Set(undone)].toSorted((a, b) => b - a);
}

/** What a version undoes and which one it is again; undefined where it is one of its own. */
export function undoneBy({
  labels,
}: Pick<Resource, 'labels'>): { readonly undoes: number; readonly restores: number } | undefined {
  const [undoes = 0, restores = 0] = [UNDOES_LABEL, RESTORES_LABEL].map((label) => Number(labels[label]));
  return Number.isSafeInteger(undoes) && undoes > 0 ? { undoes, restores } : undefined;
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
