import { checkAnnotations, type CheckAnnotation } from '../core/report/annotations.ts';
import type { Clock } from '../ports/clock.ts';
import type { CheckRun, CommitStatus, Conversation, PullRequestReference } from '../ports/conversation.ts';
import { errorText, OperationError } from '../ports/operation-error.ts';
import { cutForCheck } from './github-checks.ts';
import { integer, record, records, text, type GitHubClient, type JsonObject } from './github-client.ts';
import { GitHubRepository, type GitHubRepositoryOptions } from './github-repository.ts';
import { IO_LIMITS } from './limits.ts';

/** Waits before each further look for the pull request of a commit: GitHub links them some seconds after a push. */
const LINK_WAITS_MS: readonly number[] = [1000, 3000, 7000];

function pullRequestOf(data: JsonObject): PullRequestReference {
  const mergeCommit = text(data['merge_commit_sha']);
  return {
    number: integer(data['number']),
    headSha: text(record(data['head'])['sha']),
    baseRef: text(record(data['base'])['ref']),
    merged: text(data['merged_at']) !== '' || data['merged'] === true,
    title: text(data['title']),
    url: text(data['html_url']),
    ...(mergeCommit === '' ? {} : { mergeCommitSha: mergeCommit }),
  };
}

/** Comments with one marker. */
interface Marked {
  readonly ours: readonly JsonObject[];
  readonly others: boolean;
}

/** The conversation of one repository on GitHub, over the Octokit of the Action or of Probot. */
export function gitHubConversation(client: GitHubClient, options: GitHubRepositoryOptions): Conversation {
  return new GitHubConversation(client, options);
}

const COMMENT = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';

const HIDE =
  'mutation ($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) { clientMutationId } }';

class GitHubConversation implements Conversation {
  readonly repository: string;
  readonly #gitHub: GitHubRepository;
  readonly #graphql: GitHubClient['graphql'];
  readonly #clock: Clock;
  readonly #tries: number;

  constructor(client: GitHubClient, options: GitHubRepositoryOptions) {
    this.#gitHub = new GitHubRepository(client, options);
    this.repository = this.#gitHub.name;
    this.#clock = options.clock;
    this.#tries = options.retryWrites === true ? IO_LIMITS.maxTries : 1;
    this.#graphql = client.graphql?.bind(client);
  }

  async upsertComment(pullRequest: number, marker: string, body: string): Promise<string> {
    const { ours } = await this.#marked(pullRequest, marker);
    return this.#upsert(pullRequest, marker, body, ours);
  }

  async upsertSoleComment(pullRequest: number, marker: string, body: string): Promise<string | undefined> {
    const before = await this.#marked(pullRequest, marker);
    const url = before.others ? undefined : await this.#upsert(pullRequest, marker, body, before.ours);
    // The other bot may have looked before ours was there, and written after.
    const after = before.others || before.ours.length > 0 ? before : await this.#marked(pullRequest, marker);
    if (!after.others) return url;
    for (const comment of after.ours) await this.#delete(comment);
    return undefined;
  }

  /** Edits the oldest of our comments, or creates the first. */
  async #upsert(
    pullRequest: number,
    marker: string,
    body: string,
    [oldest]: readonly JsonObject[],
  ): Promise<string> {
    if (oldest !== undefined) return this.#edit(oldest, body);
    const created = await this.#create(pullRequest, marker, body);
    // Two jobs may both have found nothing: the oldest comment stays, the other one takes its own away.
    const [first] = (await this.#marked(pullRequest, marker)).ours;
    if (first === undefined || integer(first['id']) === integer(created['id'])) {
      return text(created['html_url']);
    }
    await this.#delete(created);
    return this.#edit(first, body);
  }

  /**
   * A new comment. Where GitHub's answer is lost, it is looked for before it is written again; `before` are ids of comments that it
   * cannot be.
   */
  async #create(
    pullRequest: number,
    marker: string,
    body: string,
    before: ReadonlySet<number> = new Set(),
  ): Promise<JsonObject> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const created = record(await this.#gitHub.call(COMMENT, { issue_number: pullRequest, body }));
        this.#gitHub.wroteAs(text(record(created['user'])['login']));
        return created;
      } catch (error) {
        const again = error instanceof OperationError && error.retryable && attempt < this.#tries;
        if (!again) throw error;
        await this.#clock.wait(500 * 2 ** (attempt - 1));
        const { ours } = await this.#marked(pullRequest, marker);
        const made = ours.find(
          (comment) => text(comment['body']) === body && !before.has(integer(comment['id'])),
        );
        if (made !== undefined) return made;
      }
    }
  }

  async replaceComments(
    pullRequest: number,
    marker: string,
    body: string,
    earlier: 'keep' | 'hide' | 'delete',
  ): Promise<{ readonly url: string; readonly leftover?: string }> {
    const before = earlier === 'keep' ? [] : (await this.#marked(pullRequest, marker)).ours;
    // The new one first: a failure in between leaves two comments, never none.
    const ids = new Set(before.map((comment) => integer(comment['id'])));
    const url = text((await this.#create(pullRequest, marker, body, ids))['html_url']);
    try {
      for (const comment of before) {
        await (earlier === 'delete' ? this.#delete(comment) : this.#hide(comment));
      }
    } catch (error) {
      if (error instanceof OperationError) return { url, leftover: errorText(error) };
      throw error;
    }
    return { url };
  }

  async hasComment(pullRequest: number, marker: string): Promise<boolean> {
    return (await this.#marked(pullRequest, marker)).ours.length > 0;
  }

  async #hide(comment: JsonObject): Promise<void> {
    try {
      // REST has no word for it.
      await this.#graphql?.(HIDE, { id: text(comment['node_id']) });
    } catch (error) {
      throw new OperationError({
        code: 'rejected',
        message: `The new comment stands, but GitHub did not hide the one before it: ${error instanceof Error ? error.message.slice(0, 300) : ''}`,
        hint: 'May the token write to pull requests? Else use another mode for the input comment',
        cause: error,
      });
    }
  }

  async #delete(comment: JsonObject): Promise<void> {
    await this.#gitHub.call('DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}', {
      comment_id: integer(comment['id']),
    });
  }

  async comment(pullRequest: number, body: string): Promise<string> {
    const data = await this.#gitHub.call(COMMENT, { issue_number: pullRequest, body });
    return text(record(data)['html_url']);
  }

  async setStatus(sha: string, status: CommitStatus): Promise<void> {
    await this.#gitHub.call('POST /repos/{owner}/{repo}/statuses/{sha}', {
      sha,
      context: status.context,
      state: status.state,
      description: status.description.slice(0, 140),
      ...(status.targetUrl === undefined ? {} : { target_url: status.targetUrl }),
    });
  }

  async status(sha: string, context: string): Promise<CommitStatus | undefined> {
    // Newest first (GitHub's order for this list), so the first match is the one that holds.
    for await (const status of this.#gitHub.pages('GET /repos/{owner}/{repo}/commits/{ref}/statuses', {
      ref: sha,
    })) {
      if (text(status['context']) !== context) continue;
      const state = text(status['state']);
      const target = text(status['target_url']);
      return {
        context,
        state: state === 'success' || state === 'failure' || state === 'pending' ? state : 'error',
        description: text(status['description']),
        ...(target === '' ? {} : { targetUrl: target }),
      };
    }
    return undefined;
  }

  async mergedPullRequest(sha: string, branch: string): Promise<PullRequestReference | undefined> {
    for (const waitMs of [0, ...LINK_WAITS_MS]) {
      if (waitMs > 0) await this.#clock.wait(waitMs);
      const data = await this.#gitHub.call('GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', {
        commit_sha: sha,
      });
      const merged = records(data)
        .map(pullRequestOf)
        .filter((pull) => pull.merged && pull.baseRef === branch);
      const found = merged.find((pull) => pull.mergeCommitSha === sha) ?? merged[0];
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async pullRequest(number: number): Promise<PullRequestReference | undefined> {
    try {
      const data = await this.#gitHub.call('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
        pull_number: number,
      });
      return pullRequestOf(record(data));
    } catch (error) {
      if (error instanceof OperationError && error.code === 'not-found') return undefined;
      throw error;
    }
  }

  async upsertCheck(check: CheckRun): Promise<void> {
    const existing = await this.#existingCheck(check);
    const annotations = checkAnnotations(check.annotations ?? []).flat();
    // GitHub appends annotations on every update: only those it does not have yet are sent.
    let sent = existing === undefined ? 0 : integer(record(existing['output'])['annotations_count']);
    let id = existing === undefined ? undefined : integer(existing['id']);
    do {
      const batch = annotations.slice(sent, sent + IO_LIMITS.maxAnnotationsPerRequest);
      id = await this.#writeCheck(check, id, batch);
      sent += Math.max(batch.length, 1);
    } while (sent < annotations.length);
  }

  async #writeCheck(
    check: CheckRun,
    id: number | undefined,
    annotations: readonly CheckAnnotation[],
  ): Promise<number> {
    const body = {
      name: check.name,
      external_id: check.externalId,
      status: check.status,
      ...(check.conclusion === undefined ? {} : { conclusion: check.conclusion }),
      output: {
        title: check.title.slice(0, 255),
        summary: cutForCheck(check.summary),
        ...(check.text === undefined ? {} : { text: cutForCheck(check.text) }),
        ...(annotations.length === 0 ? {} : { annotations }),
      },
    };
    const data =
      id === undefined
        ? await this.#gitHub.call('POST /repos/{owner}/{repo}/check-runs', { ...body, head_sha: check.sha })
        : await this.#gitHub.call('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', {
            ...body,
            check_run_id: id,
          });
    return integer(record(data)['id']);
  }

  async #existingCheck(check: CheckRun): Promise<JsonObject | undefined> {
    const route = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs';
    for await (const run of this.#gitHub.pages(
      route,
      { ref: check.sha, check_name: check.name },
      'check_runs',
    )) {
      if (text(run['external_id']) === check.externalId && text(run['name']) === check.name) return run;
    }
    return undefined;
  }

  async #edit(comment: JsonObject, body: string): Promise<string> {
    // The same text again would only cost rate limit (and mark the comment as edited).
    if (text(comment['body']) === body) return text(comment['html_url']);
    const data = await this.#gitHub.call('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
      comment_id: integer(comment['id']),
      body,
    });
    return text(record(data)['html_url']);
  }

  /** Our comments with this marker, oldest first, and whether other bots have any. */
  async #marked(pullRequest: number, marker: string): Promise<Marked> {
    const ours: JsonObject[] = [];
    let others = false;
    const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
    for await (const comment of this.#gitHub.pages(route, { issue_number: pullRequest })) {
      if (!text(comment['body']).startsWith(marker)) continue;
      const user = record(comment['user']);
      // Asked only now: mostly there is no comment yet, and the first one that we write tells who we are.
      const author = await this.#gitHub.author();
      if (text(user['login']) === author) ours.push(comment);
      else others ||= text(user['type']) === 'Bot';
    }
    return { ours: ours.sort((a, b) => integer(a['id']) - integer(b['id'])), others };
  }
}
