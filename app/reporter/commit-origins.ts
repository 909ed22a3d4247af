import type { TypeCatalogue } from '../../src/core/bindplane/types.ts';
import type { ComponentCatalogue } from '../../src/core/collector/catalogue.ts';
import { originsOf } from '../../src/flows/origins.ts';
import { review, type Review } from '../../src/flows/review.ts';
import { withServerTypes } from '../../src/flows/server.ts';
import { EMPTY_TREE } from '../../src/io/git.ts';
import type { CommitFiles } from '../../src/io/github-files.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { ControlPlane } from '../../src/ports/control-plane.ts';
import { OperationError } from '../../src/ports/operation-error.ts';
import type { RolloutOrigin } from '../../src/ports/rollout-feed.ts';
import type { AppLimits } from '../limits.ts';
import type { Store } from '../store/store.ts';

export interface CommitOriginsOptions {
  /** The server whose rollouts are to be told. */
  readonly controlPlane: Pick<ControlPlane, 'url' | 'resourceTypes'>;
  /** Files of a repository's commits; undefined where they cannot be asked for. */
  readonly files: (repository: string) => Promise<CommitFiles | undefined>;
  /** The types that come with Collie; the server's own go in front. */
  readonly types: TypeCatalogue;
  readonly catalogue: ComponentCatalogue;
  readonly store: Pick<Store, 'transaction'>;
  readonly clock: Clock;
  readonly limits: Pick<AppLimits, 'renderedCommits'>;
  readonly warn: (message: string, error: unknown) => void;
}

/**
 * Keeps where a BindPlane server's configs come from: it takes no places with an apply, so each commit that came to the default branch is
 * rendered again, and what it changed for agents is kept as a Collie server keeps what clients send (DESIGN §4.3).
 */
export class CommitOrigins {
  readonly #options: CommitOriginsOptions;
  readonly #rendered = new Set<string>();
  #serverTypes: TypeCatalogue | undefined;

  constructor(options: CommitOriginsOptions) {
    this.#options = options;
  }

  /**
   * Renders a commit and its first parent and keeps the origins of what differs; the same commit again changes nothing. Rejects where
   * trying again can help. What cannot be read or rendered for good is warned of: its rollouts are not told.
   */
  async keep(commit: RolloutOrigin): Promise<void> {
    const key = `${commit.repository.toLowerCase()}@${commit.commit}`;
    if (this.#rendered.has(key)) return;
    try {
      const reviewed = await this.#review(commit);
      if (reviewed !== undefined) await this.#store(commit, reviewed);
    } catch (error) {
      if (mayPass(error)) throw error;
      this.#options.warn(`${nameOf(commit)} could not be rendered; rollouts of it are not told`, error);
    }
    this.#remember(key);
  }

  async #review({ repository, commit }: RolloutOrigin): Promise<Review | undefined> {
    const { files, catalogue } = this.#options;
    const reader = await files(repository);
    if (reader === undefined) return undefined;
    const base = (await reader.parent(commit)) ?? EMPTY_TREE;
    if (!(await reader.differ(base, commit))) return undefined;
    const types = await this.#types();
    return review({ repository: reader, base, head: commit, paths: [], types, catalogue });
  }

  async #store(origin: RolloutOrigin, { plan, headFiles }: Review): Promise<void> {
    const { store, clock, warn } = this.#options;
    const unread = headFiles.filter(({ problem }) => problem === 'unreadable' || problem === 'too-large');
    for (const { path, problem, reason } of unread) {
      warn(`${path} of ${nameOf(origin)} was not read`, new Error(reason ?? problem));
    }
    const receivedAt = clock.now();
    await store.transaction(async (tables) => {
      for (const [configuration, places] of Object.entries(originsOf(plan))) {
        await tables.origins.put({ ...origin, ...places, configuration, digest: plan.digest, receivedAt });
      }
    });
  }

  /** The server's types over our own; those it had last, or none of its own, where it cannot be asked. */
  async #types(): Promise<TypeCatalogue> {
    const { controlPlane, types, warn } = this.#options;
    try {
      this.#serverTypes = withServerTypes(types, await controlPlane.resourceTypes(), controlPlane.url);
    } catch (error) {
      if (this.#serverTypes === undefined && mayPass(error)) throw error;
      const instead = this.#serverTypes === undefined ? 'built-in types' : 'the types it had before';
      warn(`the resource types of ${controlPlane.url} could not be read; ${instead} are used`, error);
    }
    return this.#serverTypes ?? types;
  }

  #remember(key: string): void {
    this.#rendered.add(key);
    for (const oldest of this.#rendered) {
      if (this.#rendered.size <= this.#options.limits.renderedCommits) return;
      this.#rendered.delete(oldest);
    }
  }
}

function nameOf({ repository, commit }: RolloutOrigin): string {
  return `${repository}@${commit.slice(0, 7)}`;
}

/** Whether the same may work later: somebody did not answer, or was at fault. */
function mayPass(error: unknown): boolean {
  return error instanceof OperationError && (error.retryable || error.code === 'server-error');
}
