import type { Sign } from '../../src/core/report/marker.ts';
import { rolloutCheck } from '../../src/core/report/check-run.ts';
import type { RolloutCommentContext } from '../../src/core/report/rollout-comment.ts';
import { publishRollout } from '../../src/flows/publish.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Conversation } from '../../src/ports/conversation.ts';
import { errorText, OperationError } from '../../src/ports/operation-error.ts';
import type { RolloutFeed } from '../../src/ports/rollout-feed.ts';
import type { AppLimits } from '../limits.ts';
import type { Outbox, OutboxEntry } from '../store/store.ts';
import { OpenChecks } from './open-checks.ts';
import { readReport, type Report, reportsOf, reportText, threadOf, urgencyOf } from './report.ts';
import { Schedule, type Schedulable } from './schedule.ts';

export interface ReporterOptions {
  readonly feed: RolloutFeed;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly limits: AppLimits;
  /** The conversation of `owner/name`; undefined where the app is not installed. */
  readonly conversation: (repository: string) => Promise<Conversation | undefined>;
  /** The pull request that brought a commit, as far as it is known. */
  readonly pullRequestOf: (repository: string, commit: string) => Promise<number | undefined>;
  /** Address of a repository's pages, without a slash at the end. */
  readonly repositoryUrl: (repository: string) => string;
  /** Signs the marker of our comments (SEC-23). */
  readonly sign?: Sign;
  readonly warn: (message: string, error: unknown) => void;
}

interface Waiting extends Schedulable {
  readonly entry: OutboxEntry;
  readonly report: Report;
}

/**
 * Keeps GitHub told of rollouts, through the store's outbox: what is to be told is stored first and sent then, so that a restart
 * loses nothing and the last state always arrives. Each repository has its own lane: one that GitHub slows down holds up no other.
 */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #schedule: Schedule;
  readonly #openChecks: OpenChecks;
  readonly #lanes = new Map<string, Promise<void>>();
  /** Attempts that did not end well, by the keys of their reports, while the store does not know of them. */
  readonly #unnoted = new Map<string, { readonly bodyHash: string; readonly error: string }>();
  /** What waits to be sent, as it was read last: lanes ask for it before each thing that they send. */
  #read = new Map<string, { readonly bodyHash: string; readonly report: Report }>();
  readonly #stopping = new AbortController();
  #hint = new AbortController();
  #loop: Promise<void> | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#schedule = new Schedule(options.limits);
    this.#openChecks = new OpenChecks(options.outbox);
  }

  /** Starts to report, beginning with what an earlier run left behind. */
  start(): void {
    this.#unsubscribe = this.#options.feed.subscribe(() => this.hint());
    this.#loop ??= this.#run();
  }

  /** Something may have changed: look now. */
  hint(): void {
    this.#hint.abort(CHANGED);
  }

  /** Ends after what is being sent; what was not sent yet stays in the store. */
  async stop(): Promise<void> {
    this.#unsubscribe?.();
    this.#stopping.abort(new Error('stopping'));
    this.hint();
    await this.#loop;
    const { clock, limits } = this.#options;
    // A lane may be waiting for GitHub for minutes; what it would have sent is in the store.
    const idle = new AbortController();
    const late = clock.wait(limits.drainMs, idle.signal).catch(() => undefined);
    await Promise.race([this.idle(), late]);
    idle.abort(new Error('idle'));
  }

  /** Resolves when nothing is being sent. */
  async idle(): Promise<void> {
    while (this.#lanes.size > 0) await Promise.all(this.#lanes.values());
  }

  /** Stores what is to be told and sends what is due. Gives when to look again, in milliseconds since the epoch. */
  async tick(): Promise<number> {
    const { clock, limits, warn } = this.#options;
    try {
      await this.#note();
      await this.#collect();
    } catch (error) {
      warn('rollouts could not be read for reporting', error);
    }
    const now = clock.now();
    const waiting = await this.#waiting();
    for (const { report } of waiting) this.#startLane(report.repository.toLowerCase());
    const later = waiting.map((item) => this.#schedule.dueAt(item, now)).filter((at) => at > now);
    return Math.min(now + limits.reportTickMs, ...later);
  }

  async #run(): Promise<void> {
    const { clock, warn } = this.#options;
    while (!this.#stopping.signal.aborted) {
      this.#hint = new AbortController();
      const until = await this.tick().catch((error: unknown) => {
        warn('the outbox could not be read', error);
        return clock.now() + 1000;
      });
      await clock.wait(Math.max(0, until - clock.now()), this.#hint.signal).catch(() => undefined);
    }
  }

  /** Puts what the rollouts look like now into the outbox; equal payloads change nothing there. */
  async #collect(): Promise<void> {
    const { feed, outbox, pullRequestOf, warn } = this.#options;
    // Asked first: a feed that becomes complete in between may have left something out.
    const complete = feed.isComplete?.() ?? true;
    const known = await reportsOf(await feed.rollouts(), (repository, commit) =>
      pullRequestOf(repository, commit).catch((error: unknown) => {
        warn(`the pull request of ${commit.slice(0, 7)} is not known yet`, error);
        return undefined;
      }),
    );
    await this.#openChecks.note(known);
    const orphans = complete ? await this.#openChecks.orphans(known) : [];
    for (const { key, report } of [...known, ...orphans]) await outbox.put(key, reportText(report));
  }

  async #waiting(): Promise<readonly Waiting[]> {
    const entries = await this.#options.outbox.pending();
    const before = this.#read;
    this.#read = new Map();
    return entries.flatMap((entry) => {
      const { key, bodyHash, payload } = entry;
      const known = before.get(key);
      const report = known?.bodyHash === bodyHash ? known.report : readReport(payload);
      if (report === undefined) return [];
      this.#read.set(key, { bodyHash, report });
      return [{ entry, report, key, thread: threadOf(report), urgency: urgencyOf(report.view) }];
    });
  }

  #startLane(repository: string): void {
    if (this.#lanes.has(repository) || this.#stopping.signal.aborted) return;
    const lane = this.#sendDue(repository)
      .catch((error: unknown) => this.#options.warn(`reports of ${repository} could not be sent`, error))
      .finally(() => this.#lanes.delete(repository));
    this.#lanes.set(repository, lane);
  }

  /** Sends what is due of one repository, until nothing is. */
  async #sendDue(repository: string): Promise<void> {
    const { clock } = this.#options;
    for (let sent = true; sent && !this.#stopping.signal.aborted;) {
      sent = false;
      // What is due of one thread goes out together, so due is decided before the first of it is sent.
      const due = (await this.#waiting())
        .filter(({ report }) => report.repository.toLowerCase() === repository)
        .filter((item) => this.#schedule.dueAt(item, clock.now()) <= clock.now());
      for (const { key } of due) {
        // A newer payload may have come meanwhile; room may have run out.
        const item = (await this.#waiting()).find((candidate) => candidate.key === key);
        if (item === undefined || this.#stopping.signal.aborted) continue;
        if (!this.#schedule.hasRoom(item, clock.now())) continue;
        await this.#send(item);
        sent = true;
      }
    }
  }

  async #send(item: Waiting): Promise<void> {
    const { outbox, clock, warn } = this.#options;
    const { key, entry } = item;
    this.#schedule.attempted(clock.now());
    try {
      const reference = await this.#tell(item.report);
      await outbox.done(key, { bodyHash: entry.bodyHash, ...(reference === undefined ? {} : { reference }) });
      this.#schedule.sent(item, clock.now());
      if (item.report.kind === 'check') await this.#openChecks.told(key, item.report);
    } catch (error) {
      const attempt = { bodyHash: entry.bodyHash, error: errorText(error) };
      this.#unnoted.set(key, attempt);
      await this.#note();
      const attempts = entry.attempts + 1;
      warn(`${key} could not be told (attempt ${attempts})`, error);
      this.#schedule.failed(key, attempts, clock.now());
      if (isRefusal(error) && attempts >= this.#options.limits.reportRefusals) {
        warn(`${key} is given up until it changes`, error);
        await outbox.done(key, { bodyHash: entry.bodyHash });
      }
    }
  }

  /** Attempts are noted as soon as the store takes them: an older report may have come to GitHub after a newer one. */
  async #note(): Promise<void> {
    for (const [key, attempt] of this.#unnoted) {
      await this.#options.outbox.failed(key, attempt);
      this.#unnoted.delete(key);
    }
  }

  /** Writes a report to GitHub; gives the address of what it made, where it made one. */
  async #tell(report: Report): Promise<string | undefined> {
    const conversation = await this.#options.conversation(report.repository);
    if (conversation === undefined) {
      throw new OperationError({
        code: 'not-found',
        message: `The GitHub App is not installed on ${report.repository}`,
        hint: 'Install it there, or nothing is told on its pull requests',
      });
    }
    const context = this.#contextOf(report);
    const { view, pullRequest } = report;
    if (report.kind === 'comment' && pullRequest !== undefined) {
      // Who applies to a BindPlane server cannot ask it who reports: the Action's own comment stays the only one.
      const sole = view.engine === 'bindplane';
      return publishRollout(conversation, pullRequest, view, context, { sole });
    }
    await conversation.upsertCheck({
      sha: report.commit,
      name: `Rollout: ${view.configuration}`,
      externalId: `rollout:${view.configuration}`,
      ...rolloutCheck(view, context),
    });
    return undefined;
  }

  #contextOf({ repository, commit, pullRequest }: Report): RolloutCommentContext {
    const { repositoryUrl, sign } = this.#options;
    const url = repositoryUrl(repository);
    return {
      repository,
      repositoryUrl: url,
      headSha: commit,
      // GitHub's own Revert button stands on the page of a merged pull request.
      ...(pullRequest === undefined ? {} : { pullRequest, revert: { url: `${url}/pull/${pullRequest}` } }),
      ...(sign === undefined ? {} : { sign }),
    };
  }
}

/** Why a wait ends early; one value for all, as its stack says nothing. */
const CHANGED = new Error('something changed');

/** Refused for good, as far as GitHub's words go: the same again will be refused as well. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof OperationError) || /rate limit|abuse/i.test(error.message)) return false;
  return ['forbidden', 'not-found', 'rejected', 'too-large'].includes(error.code);
}
