import { randomUUID } from 'node:crypto';
import type { Clock } from '../../src/ports/clock.ts';
import type { HandoverStep } from '../../src/ports/handover.ts';
import { errorText, OperationError } from '../../src/ports/operation-error.ts';
import { isNotLeading } from '../engine/duty.ts';
import type { AppLimits } from '../limits.ts';
import { isOver, type BranchState, type StoredHandover } from '../store/handovers.ts';
import type { Store, StoreTables } from '../store/store.ts';
import type { End } from './carry-out.ts';
import { stageOf, stateAfter, wayTo, type History, type Stage } from './way.ts';

export interface HandoverWorkerOptions {
  readonly store: Pick<Store, 'handovers' | 'transaction'>;
  readonly clock: Clock;
  /** Whether this process decides: only one works off merges. */
  readonly duty: { readonly leads: boolean };
  readonly limits: Pick<AppLimits, 'handoverAttempts' | 'handoverRetryMs' | 'handoversKept' | 'drainMs'>;
  /** The history of a repository; undefined where the app is not installed. Rejects with OperationError. */
  readonly history: (repository: string) => Promise<History | undefined>;
  /** As `carryOut`. */
  readonly carryOut: (
    handover: StoredHandover,
    stage: Stage,
    told: (step: HandoverStep) => void,
  ) => Promise<End>;
  readonly warn: (message: string, error: unknown) => void;
}

/** What ends a merge without an apply. */
type Ended = Pick<StoredHandover, 'state'> & Partial<StoredHandover>;

const NEVER_ENDS = 'It was begun again and again and never came to an end; the log of the server says why';

/**
 * Works off merges that were handed over, one after the other and each branch in the order of its history; what a crash left is taken up again.
 * Applying twice what was applied once changes nothing, so each is begun until its end is stored (REL-15).
 */
export class HandoverWorker {
  readonly #options: HandoverWorkerOptions;
  readonly #stopping = new AbortController();
  #run: Promise<void> | undefined;
  #again = false;

  constructor(options: HandoverWorkerOptions) {
    this.#options = options;
  }

  /** Looks for work, now or when the present work is done. */
  wake(): void {
    if (this.#stopping.signal.aborted) return;
    this.#again = true;
    this.#run ??= this.#work().finally(() => {
      this.#run = undefined;
      if (this.#again) this.wake();
    });
  }

  /** Resolves when no merge waits any more. */
  async idle(): Promise<void> {
    while (this.#run !== undefined) await this.#run;
  }

  /** Takes up nothing new and resolves when the present merge is over, or takes too long: then it is begun again after the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('stopping'));
    this.#again = false;
    const { clock, limits } = this.#options;
    const ended = new AbortController();
    const late = clock.wait(limits.drainMs, ended.signal).catch(() => undefined);
    await Promise.race([this.#run, late]);
    ended.abort(new Error('ended'));
  }

  async #work(): Promise<void> {
    const { clock, limits, warn } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#again = false;
      const found = await this.#next().catch((error: unknown) => {
        if (!isNotLeading(error)) warn('handed-over merges could not be worked off; tried again', error);
        return 'later' as const;
      });
      if (found === 'nothing') return;
      if (found === 'later') await clock.wait(limits.handoverRetryMs, signal).catch(() => undefined);
    }
  }

  /** Takes the next merge to its end. `later`: it has to be tried again. */
  async #next(): Promise<'nothing' | 'done' | 'later'> {
    const { store, duty, limits } = this.#options;
    if (!duty.leads) return 'nothing';
    // One whose repository cannot be reached now does not hold up the others.
    const [first] = (await store.handovers.open()).toSorted((a, b) => a.attempts - b.attempts);
    if (first === undefined) return 'nothing';
    const begun = takenUp(first);
    try {
      await this.#put(begun);
      if (first.attempts < limits.handoverAttempts) await this.#workOff(begun);
      else await this.#end(begun, { state: 'failed', reason: 'apply-failed', sentence: NEVER_ENDS });
      return 'done';
    } catch (error) {
      if (isNotLeading(error)) throw error;
      return await this.#failed(begun, error);
    }
  }

  async #failed(handover: StoredHandover, error: unknown): Promise<'done' | 'later'> {
    const { limits, warn } = this.#options;
    const mayHelp = !(error instanceof OperationError) || error.retryable || error.code === 'server-error';
    if (mayHelp && handover.attempts < limits.handoverAttempts) {
      warn(
        `${nameOf(handover)} could not be applied (attempt ${handover.attempts}); it is tried again`,
        error,
      );
      return 'later';
    }
    await this.#end(handover, { state: 'failed', reason: 'apply-failed', sentence: errorText(error) });
    return 'done';
  }

  /** A merge and those before it that nobody handed over, or whose job came later. */
  async #workOff(handover: StoredHandover): Promise<void> {
    const { store, history: historyOf } = this.#options;
    const { repository, branch, commit } = handover;
    const history = await historyOf(repository);
    if (history === undefined) {
      const sentence = `The GitHub App of this server is not installed on ${repository}`;
      await this.#end(handover, { state: 'failed', reason: 'not-installed', sentence });
      return;
    }
    const known = await store.handovers.branch(repository, branch);
    const earlier =
      known === undefined ? await this.#oldest(handover, history) : await this.#begun(handover, known);
    if (earlier !== undefined) await this.#one(takenUp(earlier), history, known === undefined);
    const state = await store.handovers.branch(repository, branch);
    const way = await wayTo(commit, branch, state, history);
    if (way.kind === 'elsewhere') {
      const sentence = `Branch ${branch} does not have ${commit.slice(0, 7)}; nothing of it was applied`;
      await this.#end(handover, { state: 'stopped', reason: 'not-on-branch', sentence });
      return;
    }
    if (way.kind === 'overtaken') {
      const sentence = `${way.by.slice(0, 7)} came later and was worked off already; nothing of this one was applied. What it changed comes with the next merge that touches it`;
      await this.#end(handover, { state: 'stopped', reason: 'overtaken', sentence });
      return;
    }
    if (way.kind === 'included') {
      await this.#end(handover, await this.#ended(handover, way.by));
      return;
    }
    for (const one of way.commits) {
      const next = one === commit ? handover : await this.#earlier(handover, one);
      await this.#one(next, history, way.isFirst === true);
    }
  }

  /** How a commit ended that came with a later one: as it did then, where that is known. */
  async #ended(handover: StoredHandover, includedIn: string): Promise<Ended> {
    const { store, limits } = this.#options;
    const recent = await store.handovers.recent(limits.handoversKept);
    const before = recent.find(
      (other) => isOver(other) && other.state !== 'included' && isSame(other, handover),
    );
    const sentence = `${includedIn.slice(0, 7)} came later and was worked off already`;
    if (before === undefined) return { state: 'included', includedIn, sentence };
    const { state, reason, sentence: said, pullRequest, steps, started, differences } = before;
    const about = pullRequest === undefined ? {} : { pullRequest };
    if (reason === undefined) return { state, includedIn, ...about, steps, started, differences };
    return { state, reason, includedIn, sentence: said ?? sentence, ...about, steps, started, differences };
  }

  /** A branch begins with the oldest of its merges that wait: undefined where that is this one. */
  async #oldest(handover: StoredHandover, history: History): Promise<StoredHandover | undefined> {
    let oldest = handover;
    for (const other of await this.#options.store.handovers.open()) {
      const isOfBranch = isSame({ ...other, commit: '' }, { ...handover, commit: '' });
      if (isOfBranch && (await history.relation(other.commit, oldest.commit)) === 'before') oldest = other;
    }
    return oldest.id === handover.id ? undefined : oldest;
  }

  /** What was begun of the branch comes to its end before anything else is; undefined where that is this one, or nothing. */
  async #begun(handover: StoredHandover, { commit }: BranchState): Promise<StoredHandover | undefined> {
    if (commit === handover.commit) return undefined;
    const open = await this.#options.store.handovers.open();
    const begun = open.find((other) => isSame(other, { ...handover, commit }));
    if (begun === undefined || begun.attempts < this.#options.limits.handoverAttempts) return begun;
    await this.#end(begun, { state: 'failed', reason: 'apply-failed', sentence: NEVER_ENDS });
    return undefined;
  }

  /** The merge of an earlier commit: the one that was handed over, else one that comes with this. */
  async #earlier(handover: StoredHandover, commit: string): Promise<StoredHandover> {
    const { store, clock } = this.#options;
    const { by } = handover;
    const known = (await store.handovers.open()).find((other) => isSame(other, { ...handover, commit }));
    if (known !== undefined) return takenUp(known);
    const { pullRequest: _, ...like } = handover;
    const brought = `${by}, with ${handover.commit.slice(0, 7)}`;
    return { ...like, id: randomUUID(), commit, by: brought, at: clock.now(), attempts: 1, steps: [] };
  }

  async #one(handover: StoredHandover, history: History, isFirst: boolean): Promise<void> {
    const { store, carryOut, clock, limits } = this.#options;
    const { repository, branch, commit } = handover;
    const state = await store.handovers.branch(repository, branch);
    const stage = await stageOf(commit, state, history);
    const first = isFirst ? commit : (state?.first ?? commit);
    const reach = async (
      before: string | undefined,
      after: StoredHandover,
      end: End['state'],
    ): Promise<void> => {
      await store.transaction(async (tables) => {
        const now = await tables.handovers.branch(repository, branch);
        if (now?.commit !== before) throw workedOffElsewhere();
        await keep(tables, after);
        await tables.handovers.putBranch(stateAfter(stage, { repository, branch, first }, end));
        await tables.handovers.prune(limits.handoversKept);
      });
    };
    // Until it is known what came of it, it counts as failed: a part of it may be there, so nothing earlier is begun any more.
    await reach(state?.commit, handover, 'failed');
    const { told, settled } = this.#teller(handover);
    const end = await carryOut(handover, stage, told);
    await settled();
    await reach(commit, { ...handover, ...end, endedAt: clock.now() }, end.state);
  }

  /** Keeps each step as it ends, for whoever waits for it; the end has them all. */
  #teller(handover: StoredHandover): {
    readonly told: (step: HandoverStep) => void;
    readonly settled: () => Promise<void>;
  } {
    let newest = handover;
    let written: Promise<void> = Promise.resolve();
    const told = (step: HandoverStep): void => {
      newest = { ...newest, steps: [...newest.steps, step] };
      const now = newest;
      written = written.then(() => this.#put(now)).catch(() => undefined);
    };
    return { told, settled: () => written };
  }

  async #end(handover: StoredHandover, end: Ended): Promise<void> {
    const { clock, limits } = this.#options;
    await this.#put({ ...handover, ...end, endedAt: clock.now() });
    await this.#options.store.transaction((tables) => tables.handovers.prune(limits.handoversKept));
  }

  #put(handover: StoredHandover): Promise<void> {
    return this.#options.store.transaction((tables) => keep(tables, handover));
  }
}

/** What is over stays as it ended: another process may have taken it there while this one stood still (REL-21). */
async function keep({ handovers }: Pick<StoreTables, 'handovers'>, handover: StoredHandover): Promise<void> {
  const stored = await handovers.get(handover.id);
  if (stored !== undefined && isOver(stored)) throw workedOffElsewhere();
  await handovers.put(handover);
}

/** One that is begun, or begun anew. */
function takenUp(handover: StoredHandover): StoredHandover {
  return { ...handover, state: 'applying', attempts: handover.attempts + 1, steps: [] };
}

function workedOffElsewhere(): OperationError {
  return new OperationError({
    code: 'not-leading',
    message: 'Another replica of this server worked it off meanwhile; nothing was changed',
    hint: '',
    retryable: true,
  });
}

function isSame(one: StoredHandover, other: StoredHandover): boolean {
  const isThere = one.commit === other.commit && one.branch === other.branch;
  return isThere && one.repository.toLowerCase() === other.repository.toLowerCase();
}

function nameOf({ repository, commit }: StoredHandover): string {
  return `${repository}@${commit.slice(0, 7)}`;
}
