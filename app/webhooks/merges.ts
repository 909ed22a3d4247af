import type { OriginTable } from '../store/store.ts';

/** A commit that a merged pull request brought to a branch. */
export interface Merge {
  /** `owner/name`. */
  readonly repository: string;
  readonly commit: string;
  readonly pullRequest: number;
  readonly branch: string;
}

/** Which pull request brought which commit. Kept for good: rollouts of a commit may come much later. */
export interface Merges {
  find(repository: string, commit: string): Promise<Merge | undefined>;
  /** Keeps a merge; `known` when its commit was there already, which changes nothing. */
  keep(merge: Merge): Promise<'new' | 'known'>;
  /** Newest first. */
  of(repository: string): Promise<readonly Merge[]>;
}

/** No configuration can be called so: names of resources hold no colon. */
const PREFIX = 'merges:';

/**
 * Merges kept among the origins, one a commit, below a name that no configuration can have. `now` gives milliseconds since the
 * epoch.
 */
export function mergesIn(origins: OriginTable, now: () => number): Merges {
  const merges: Merges = {
    async of(repository) {
      const kept = await origins.of(PREFIX + repository.toLowerCase());
      return kept.flatMap(({ commit, pullRequest, digest }) =>
        pullRequest === undefined ? [] : [{ repository, commit, pullRequest, branch: digest }],
      );
    },
    async find(repository, commit) {
      return (await merges.of(repository)).find((merge) => merge.commit === commit);
    },
    async keep(merge) {
      if ((await merges.find(merge.repository, merge.commit)) !== undefined) return 'known';
      await origins.put({
        configuration: PREFIX + merge.repository.toLowerCase(),
        renderHash: merge.commit,
        repository: merge.repository,
        pullRequest: merge.pullRequest,
        commit: merge.commit,
        digest: merge.branch,
        sourceMap: null,
        receivedAt: now(),
      });
      return 'new';
    },
  };
  return merges;
}
