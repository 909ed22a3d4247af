import { pullRequest as pullRequestClosed } from '../../app/webhooks/pull-request.ts';
import type { WebhookContext } from '../../app/webhooks/handler.ts';
import { mergesIn } from '../../app/webhooks/merges.ts';
import { DeliveryWorker } from '../../app/webhooks/worker.ts';
import { shownFeed } from '../../app/compose/shown-feed.ts';
import { EngineFeed } from '../../app/engine/feed.ts';
import { APP_LIMITS } from '../../app/limits.ts';
import { whileLeading } from '../../app/replicas/while-leading.ts';
import { Reporter } from '../../app/reporter/reporter.ts';
import type { CheckRun, Conversation, PullRequestReference } from '../../src/ports/conversation.ts';
import { OperationError } from '../../src/ports/operation-error.ts';
import type { Cluster } from './cluster.ts';
import { type FleetFiles, nextFiles } from './fleet-files.ts';
import { type Forge, handoverSide, placeOf, SimulatedJobs } from './handovers.ts';
import type { HandoverWorker } from '../../app/handovers/worker.ts';
import type { GitHubFaults } from './plan.ts';
import type { ServerProcess } from './process.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

export const REPOSITORY = 'acme/fleet';

/** A merged pull request, and the render that its merge commit made. */
export interface SimulatedMerge {
  readonly number: number;
  readonly commit: string;
  readonly configuration: string;
  readonly renderHash: string;
}

/**
 * GitHub, as far as the app speaks with it: pull requests that are merged, comments and checks that are written, webhooks that
 * come late, twice, out of order, or never. Calls may fail, also after they did what they were to do.
 */
export class SimulatedGitHub implements Forge {
  readonly repository: string = REPOSITORY;
  readonly server: Forge['server'];
  readonly jobs: SimulatedJobs;
  readonly merges: SimulatedMerge[] = [];
  readonly #files: FleetFiles[] = [];
  /** By commit and external id. */
  readonly checks: Map<string, CheckRun> = new Map();
  /** Comments by pull request, each by its marker. */
  readonly comments: Map<number, Map<string, string>> = new Map();
  /** Ids of webhooks that the server acknowledged. */
  readonly accepted: Set<string> = new Set();
  readonly #world: World;
  readonly #cluster: () => Cluster;
  readonly #faults: GitHubFaults;
  readonly #random: Random;

  /** Told of everything that is written there. */
  onWritten: (where: string, text: string) => void = () => undefined;

  constructor(world: World, cluster: () => Cluster, faults: GitHubFaults, server: Forge['server']) {
    this.server = server;
    this.#world = world;
    this.#cluster = cluster;
    this.#faults = faults;
    this.#random = world.random.fork();
    this.jobs = new SimulatedJobs(world, cluster, this, this.#random.fork());
  }

  commits(): readonly string[] {
    return this.merges.map(({ commit }) => commit);
  }

  /** What a commit holds; nothing before the first merge. */
  files(commit: string): FleetFiles {
    return this.#files[placeOf(this.commits(), commit)] ?? new Map();
  }

  /** A source of chance for one process. */
  chance(): Random {
    return this.#random.fork();
  }

  /** Merges a pull request; its webhook goes out. */
  merge(configuration: string, renderHash: string): SimulatedMerge {
    const number = this.merges.length + 1;
    const merge = { number, commit: `c0ffee${String(number).padStart(34, '0')}`, configuration, renderHash };
    this.merges.push(merge);
    this.#files.push(nextFiles(this.#files.at(-1) ?? new Map(), this.#random, number));
    this.#world.tell('github', 'merges', number, configuration);
    const { lost, twice } = this.#faults;
    if (!this.#random.chance(lost)) this.#deliver(merge);
    if (this.#random.chance(twice)) this.#deliver(merge);
    this.jobs.run(merge.commit);
    return merge;
  }

  /** One webhook, some time later, to whichever process answers; a person sends it again when none took it. */
  #deliver(merge: SimulatedMerge): void {
    const id = `delivery-${merge.number}`;
    this.#world.after(this.#random.below(this.#faults.slowestMs), () => {
      const up = this.#cluster().processes.filter(({ takesAgents }) => takesAgents);
      const process = up.length === 0 ? undefined : this.#random.pick(up);
      if (process === undefined) {
        this.#deliver(merge);
        return;
      }
      const payload = JSON.stringify({
        action: 'closed',
        number: merge.number,
        repository: { full_name: REPOSITORY, default_branch: 'main' },
      });
      process.hand(() => void this.#accept(process, id, payload).catch(() => this.#deliver(merge)));
    });
  }

  async #accept(process: ServerProcess, id: string, payload: string): Promise<void> {
    await process.store.deliveries.accept(id, 'pull_request', payload);
    this.accepted.add(id);
    this.#world.tell('github', 'is told that', process.name, 'has', id);
    process.github?.worker.wake();
  }

  /** A call of a process: it takes its time, and may fail before or after it did what it was to do. */
  async call<T>(process: ServerProcess, what: string, work: () => T): Promise<T> {
    const { faults } = this.#world;
    await process.clock.wait(1 + this.#random.below(faults ? this.#faults.slowestMs / 10 : 50));
    const fails = faults && this.#random.chance(this.#faults.failed);
    if (!fails || this.#random.chance(0.4)) {
      const result = work();
      if (!fails) return result;
    }
    this.#world.tell('github', 'answers 502 to', process.name, what);
    throw new OperationError({
      code: 'server-error',
      message: `GitHub: 502 ${what}`,
      hint: '',
      retryable: true,
    });
  }

  reference(number: number): PullRequestReference | undefined {
    const merge = this.merges[number - 1];
    if (merge === undefined) return undefined;
    return {
      number,
      headSha: merge.commit,
      baseRef: 'main',
      mergeCommitSha: merge.commit,
      merged: true,
      title: '',
      url: '',
    };
  }

  conversation(process: ServerProcess): Conversation {
    const comment = (number: number, marker: string, body: string): string => {
      const own = this.comments.get(number) ?? new Map<string, string>();
      own.set(marker, body);
      this.onWritten(`a comment of pull request ${number}`, body);
      this.comments.set(number, own);
      return `comment ${number} ${marker}`;
    };
    const call = <T>(what: string, work: () => T): Promise<T> => this.call(process, what, work);
    return {
      repository: REPOSITORY,
      upsertComment: (number, marker, body) => call('comment', () => comment(number, marker, body)),
      upsertSoleComment: (number, marker, body) => call('comment', () => comment(number, marker, body)),
      replaceComments: (number, marker, body) =>
        call('comment', () => ({ url: comment(number, marker, body) })),
      hasComment: (number, marker) => call('comments', () => this.comments.get(number)?.has(marker) === true),
      comment: (number, body) => call('comment', () => comment(number, body, body)),
      setStatus: () => call('status', () => undefined),
      status: () => call('status', () => undefined),
      mergedPullRequest: (sha) =>
        call('pulls', () => {
          const merge = this.merges.find(({ commit }) => commit === sha);
          return merge === undefined ? undefined : this.reference(merge.number);
        }),
      pullRequest: (number) => call('pull', () => this.reference(number)),
      upsertCheck: (check) =>
        call('check', () => {
          this.checks.set(`${check.sha} ${check.externalId}`, check);
          this.onWritten(`the check of ${check.sha}`, JSON.stringify(check));
        }),
    };
  }
}

/** What one process does about GitHub: its webhooks are worked off, its rollouts told. */
export interface GitHubSide {
  readonly worker: DeliveryWorker;
  readonly reporter: Reporter;
  readonly handovers: HandoverWorker;
}

/** The real worker, handler and reporter of a process, over the simulated GitHub. */
export function gitHubSide(process: ServerProcess, github: SimulatedGitHub): GitHubSide {
  const { clock, engine, replica } = process;
  const store = replica === undefined ? process.store : whileLeading(process.store, replica);
  const conversation = github.conversation(process);
  const merges = mergesIn(store.origins, () => clock.now());
  const feed = shownFeed(new EngineFeed(store, engine, () => []), process.redaction, process.store);
  const reporter = new Reporter({
    feed,
    outbox: store.outbox,
    clock,
    limits: APP_LIMITS,
    conversation: async () => conversation,
    pullRequestOf: async (repository, commit) => {
      const known = await merges.find(repository, commit);
      return known?.pullRequest ?? (await conversation.mergedPullRequest(commit, 'main'))?.number;
    },
    repositoryUrl: (repository) => `https://github.example/${repository}`,
    warn: (message) => process.note(message),
  });
  const worker = new DeliveryWorker({
    deliveries: store.deliveries,
    clock,
    process: async ({ payload }) => {
      const context = {
        payload: JSON.parse(payload) as WebhookContext['payload'],
        repository: REPOSITORY,
        conversation,
        merges,
        clock,
        onCommit: async () => undefined,
        onMerge: () => reporter.hint(),
      };
      // The handler of a closed pull request asks for nothing else.
      await pullRequestClosed.handle(context as unknown as WebhookContext);
    },
  });
  const handovers = handoverSide(process, github, { conversation, random: github.chance() });
  return { worker, reporter, handovers };
}
