import { takeMerge } from '../../app/api/handovers.ts';
import { ALONE } from '../../app/engine/duty.ts';
import type { History, Relation } from '../../app/handovers/way.ts';
import { HandoverWorker } from '../../app/handovers/worker.ts';
import { APP_LIMITS } from '../../app/limits.ts';
import { OperationError } from '../../src/ports/operation-error.ts';
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
  /** Merge commits, oldest first. */
  commits(): readonly string[];
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

/** The real queue of handed-over merges in one process; what an apply does is one write, fenced as the API's are. */
export function handoverSide(process: ServerProcess, forge: Forge, random: Random): HandoverWorker {
  const { clock, store } = process;
  const duty = process.replica ?? ALONE;
  const history = historyFor(process, forge);
  return new HandoverWorker({
    store,
    clock,
    duty,
    limits: APP_LIMITS,
    history: async () => history,
    carryOut: async ({ repository, commit }, { base = '' }, told) => {
      const { term } = duty;
      await forge.call(process, 'files', () => undefined);
      told({ text: `apply ${commit}`, state: 'done', said: '' });
      if (!duty.leads || duty.term !== term) {
        throw new OperationError({
          code: 'not-leading',
          message: 'another decides',
          hint: '',
          retryable: true,
        });
      }
      const place = { configuration: APPLIED, renderHash: commit, repository, commit };
      const receivedAt = clock.now();
      await store.transaction((tables) =>
        tables.origins.put({ ...place, digest: base, sourceMap: null, receivedAt }),
      );
      const common = { steps: [], started: [], differences: [] };
      return random.chance(0.1)
        ? { ...common, state: 'failed', reason: 'apply-failed', sentence: 'no room' }
        : { ...common, state: 'applied' };
    },
    warn: (message) => process.note(message),
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

  constructor(world: World, cluster: () => Cluster, forge: Forge, random: Random) {
    this.#world = world;
    this.#cluster = cluster;
    this.#forge = forge;
    this.#random = random;
  }

  /** The job of a merge, or none. */
  run(commit: string): void {
    if (this.#random.chance(0.2)) return;
    this.#soon(commit, 60_000);
    if (this.#random.chance(0.2)) this.#soon(commit, 300_000);
  }

  #soon(commit: string, ms: number): void {
    this.#world.after(this.#random.below(ms), () => {
      const leader = this.#cluster().processes.find(({ takesAgents, leads }) => takesAgents && leads);
      if (leader === undefined) this.#soon(commit, 10_000);
      else leader.hand(() => void this.#hand(leader, commit).catch(() => this.#soon(commit, 10_000)));
    });
  }

  async #hand(process: ServerProcess, commit: string): Promise<void> {
    const merge = { repository: this.#forge.repository, branch: BRANCH, commit };
    const job = { name: 'job', scopes: ['apply'] as const };
    await process.store.transaction((tables) => takeMerge(tables, merge, job, process.clock.now()));
    this.accepted.add(commit);
    this.#world.tell('github', 'hands over', commit.slice(-2), 'to', process.name);
    process.github?.handovers.wake();
  }
}
