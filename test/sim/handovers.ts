import { takeMerge } from '../../app/api/handovers.ts';
import { ALONE } from '../../app/engine/duty.ts';
import type { History, Relation } from '../../app/handovers/way.ts';
import { HandoverWorker } from '../../app/handovers/worker.ts';
import { APP_LIMITS } from '../../app/limits.ts';
import { carryingOut } from '../../app/compose/handovers.ts';
import type { Conversation } from '../../src/ports/conversation.ts';
import type { Repository } from '../../src/ports/repository.ts';
import { type FleetFiles, repositoryFiles } from './fleet-files.ts';
import { apiOf, type preparedApi, TYPES } from './own-api.ts';
import type { Cluster } from './cluster.ts';
import type { ServerProcess } from './process.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** Under what the store keeps that a commit was applied: where configurations' places stand, which are keyed by commit too. */
export const APPLIED = 'applied:';

const BRANCH = 'main';

/** What jobs and the server's queue need of GitHub. */
export interface Forge {
  readonly repository: string;
  /** What the processes share that takes real time to make. */
  readonly server: Awaited<ReturnType<typeof preparedApi>>;
  /** Merge commits, oldest first. */
  commits(): readonly string[];
  /** What a commit holds. */
  files(commit: string): FleetFiles;
  /** A call of a process, which takes its time and may fail. */
  call<T>(process: ServerProcess, what: string, work: () => T): Promise<T>;
}

/** Place of a commit in the branch's history; -1 for what was there before. */
export function placeOf(commits: readonly string[], commit: string): number {
  return commits.indexOf(commit);
}

/** A history without side branches. */
function historyFor(process: ServerProcess, forge: Forge): History {
  const relation = (commit: string, other: string): Relation => {
    const commits = forge.commits();
    const own = placeOf(commits, commit);
    const its = other === BRANCH ? commits.length - 1 : placeOf(commits, other);
    return own === its ? 'same' : own > its ? 'after' : 'before';
  };
  return {
    relation: (commit, other) => forge.call(process, 'compare', () => relation(commit, other)),
    parent: (commit) =>
      forge.call(process, 'commit', () => {
        const commits = forge.commits();
        return commits[placeOf(commits, commit) - 1] ?? 'before';
      }),
  };
}

/** The real queue of handed-over merges in one process, and the real apply of each through the process's own API. */
export function handoverSide(
  process: ServerProcess,
  forge: Forge,
  { conversation, random }: { readonly conversation: Conversation; readonly random: Random },
): HandoverWorker {
  const { clock, store } = process;
  const duty = process.replica ?? ALONE;
  const { api, catalogue } = forge.server;
  const history = historyFor(process, forge);
  const files: Pick<Repository, 'files'> = {
    files: (commit) => forge.call(process, 'files', () => repositoryFiles(forge.files(commit))),
  };
  const refuses = (url: string): boolean => /apply|delete/.test(url) && random.chance(0.02);
  const warn = (message: string): void => process.note(message);
  const carryOut = carryingOut({
    store,
    clock,
    duty,
    api: () => apiOf(api, process, refuses),
    warn,
    types: TYPES.catalogue,
    catalogue,
    access: { files: async () => files, conversation: async () => conversation },
    repositoryUrl: (repository) => `https://github.example/${repository}`,
  });
  return new HandoverWorker({
    store,
    clock,
    duty,
    limits: APP_LIMITS,
    history: async () => history,
    carryOut: async (handover, stage, told) => {
      const { repository, commit } = handover;
      const place = { configuration: APPLIED, renderHash: commit, repository, commit, digest: commit };
      const receivedAt = clock.now();
      // What people could see of it while nothing of it is there yet.
      await store.transaction((tables) => tables.origins.put({ ...place, sourceMap: null, receivedAt }));
      return carryOut(handover, stage, told);
    },
    warn,
  });
}

/** Jobs of merges: slow, in any order, sometimes cancelled before they ask, sometimes run again. */
export class SimulatedJobs {
  /** Commits that the server acknowledged. */
  readonly accepted: Set<string> = new Set();
  readonly #world: World;
  readonly #cluster: () => Cluster;
  readonly #forge: Forge;
  readonly #random: Random;
  /** The first merge is handed over before all others: the server has everything of the branch then. */
  readonly #fromFirst: boolean;

  constructor(world: World, cluster: () => Cluster, forge: Forge, random: Random) {
    this.#fromFirst = random.chance(0.8);
    this.#world = world;
    this.#cluster = cluster;
    this.#forge = forge;
    this.#random = random;
  }

  /** The job of a merge, or none. */
  run(commit: string): void {
    if (this.#random.chance(0.2) && !(this.#fromFirst && this.#isFirst(commit))) return;
    this.#soon(commit, 60_000);
    if (this.#random.chance(0.2)) this.#soon(commit, 300_000);
  }

  #isFirst(commit: string): boolean {
    return placeOf(this.#forge.commits(), commit) === 0;
  }

  #soon(commit: string, ms: number): void {
    this.#world.after(this.#random.below(ms), () => {
      if (this.#fromFirst && this.accepted.size === 0 && !this.#isFirst(commit)) {
        this.#soon(commit, 10_000);
        return;
      }
      const leader = this.#cluster().processes.find(({ takesAgents, leads }) => takesAgents && leads);
      if (leader === undefined) this.#soon(commit, 10_000);
      else leader.hand(() => void this.#hand(leader, commit).catch(() => this.#soon(commit, 10_000)));
    });
  }

  async #hand(process: ServerProcess, commit: string): Promise<void> {
    const options = { rollout: 'none', prune: true } as const;
    const merge = { repository: this.#forge.repository, branch: BRANCH, commit, options };
    const job = { name: 'job', scopes: ['apply'] as const };
    await process.store.transaction((tables) => takeMerge(tables, merge, job, process.clock.now()));
    this.accepted.add(commit);
    this.#world.tell('github', 'hands over', commit.slice(-2), 'to', process.name);
    process.github?.handovers.wake();
  }
}
