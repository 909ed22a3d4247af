import { checkAnnotations, type CheckAnnotation } from '../core/report/annotations.ts';
import type { Clock } from '../ports/clock.ts';
import type { CheckRun, CommitStatus, Conversation, PullRequestReference } from '../ports/conversation.ts';
import { OperationError } from '../ports/operation-error.ts';
import {
  gitHubCalls,
  integer,
  record,
  records,
  text,
  type GitHubClient,
  type JsonObject,
} from './github-client.ts';
import { IO_LIMITS } from './limits.ts';

/** Waits before each further look for the pull request of a commit: GitHub links them some seconds after a push. */
const LINK_WAITS_MS: readonly number[] = [1000, 3000, 7000];

/** Author of comments written with a workflow's own token, which may not ask who it is. */
const ACTIONS_BOT = 'github-actions[bot]';

export interface GitHubConversationOptions {
  readonly owner: string;
  readonly repo: string;
  readonly clock: Clock;
  /** Login whose comments are ours; asked from GitHub when absent. */
  readonly author?: string;
}

/** Cuts at a number of characters and says so. */
function cut(value: string, limit: number): string {
  const note = '\n\n… cut: the limit of a check run is reached';
  return value.length <= limit ? value : `${value.slice(0, limit - note.length)}${note}`;
}

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
export function gitHubConversation(client: GitHubClient, options: GitHubConversationOptions): Conversation {
  return new GitHubConversation(client, options);
}

const HIDE =
  'mutation ($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) { clientMutationId } }';

class GitHubConversation implements Conversation {
  readonly repository: string;
  readonly #call: (route: string, parameters?: JsonObject) => Promise<unknown>;
  readonly #graphql: GitHubClient['graphql'];
  readonly #clock: Clock;
  readonly #where: JsonObject;
  #author: Promise<string> | undefined;

  constructor(client: GitHubClient, options: GitHubConversationOptions) {
    this.repository = `${options.owner}/${options.repo}`;
    this.#clock = options.clock;
    this.#where = { owner: options.owner, repo: options.repo };
    this.#call = gitHubCalls(client, options.clock);
    this.#graphql = client.graphql?.bind(client);
    if (options.author !== undefined) this.#author = Promise.resolve(options.author);
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
    const created = record(
      await this.#call('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
        ...this.#where,
        issue_number: pullRequest,
        body,
      }),
    );
    const login = text(record(created['user'])['login']);
    if (login !== '') this.#author ??= Promise.resolve(login);
    // Two jobs may both have found nothing: the oldest comment stays, the other one takes its own away.
    const [first] = (await this.#marked(pullRequest, marker)).ours;
    if (first === undefined || integer(first['id']) === integer(created['id'])) {
      return text(created['html_url']);
    }
    await this.#delete(created);
    return this.#edit(first, body);
  }

  async replaceComments(
    pullRequest: number,
    marker: string,
    body: string,
    earlier: 'keep' | 'hide' | 'delete',
  ): Promise<string> {
    const before = earlier === 'keep' ? [] : (await this.#marked(pullRequest, marker)).ours;
    // The new one first: a failure in between leaves two comments, never none.
    const url = await this.comment(pullRequest, body);
    for (const comment of before) await (earlier === 'delete' ? this.#delete(comment) : this.#hide(comment));
    return url;
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
    await this.#call('DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}', {
      ...this.#where,
      comment_id: integer(comment['id']),
    });
  }

  async comment(pullRequest: number, body: string): Promise<string> {
    const data = await this.#call('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      ...this.#where,
      issue_number: pullRequest,
      body,
    });
    return text(record(data)['html_url']);
  }

  async setStatus(sha: string, status: CommitStatus): Promise<void> {
    await this.#call('POST /repos/{owner}/{repo}/statuses/{sha}', {
      ...this.#where,
      sha,
      context: status.context,
      state: status.state,
      description: status.description.slice(0, 140),
      ...(status.targetUrl === undefined ? {} : { target_url: status.targetUrl }),
    });
  }

  async status(sha: string, context: string): Promise<CommitStatus | undefined> {
    // Newest first (GitHub's order for this list), so the first match is the one that holds.
    for await (const status of this.#pages('GET /repos/{owner}/{repo}/commits/{ref}/statuses', {
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
      const data = await this.#call('GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', {
        ...this.#where,
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
      const data = await this.#call('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
        ...this.#where,
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
      ...this.#where,
      name: check.name,
      external_id: check.externalId,
      status: check.status,
      ...(check.conclusion === undefined ? {} : { conclusion: check.conclusion }),
      output: {
        title: check.title.slice(0, 255),
        summary: cut(check.summary, IO_LIMITS.maxCheckText),
        ...(check.text === undefined ? {} : { text: cut(check.text, IO_LIMITS.maxCheckText) }),
        ...(annotations.length === 0 ? {} : { annotations }),
      },
    };
    const data =
      id === undefined
        ? await this.#call('POST /repos/{owner}/{repo}/check-runs', { ...body, head_sha: check.sha })
        : await this.#call('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', {
            ...body,
            check_run_id: id,
          });
    return integer(record(data)['id']);
  }

  async #existingCheck(check: CheckRun): Promise<JsonObject | undefined> {
    const route = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs';
    for await (const run of this.#pages(route, { ref: check.sha, check_name: check.name }, 'check_runs')) {
      if (text(run['external_id']) === check.externalId && text(run['name']) === check.name) return run;
    }
    return undefined;
  }

  async #edit(comment: JsonObject, body: string): Promise<string> {
    // The same text again would only cost rate limit (and mark the comment as edited).
    if (text(comment['body']) === body) return text(comment['html_url']);
    const data = await this.#call('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
      ...this.#where,
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
    for await (const comment of this.#pages(route, { issue_number: pullRequest })) {
      if (!text(comment['body']).startsWith(marker)) continue;
      const user = record(comment['user']);
      // Asked only now: mostly there is no comment yet, and the first one that we write tells who we are.
      const author = await this.#login();
      if (text(user['login']) === author) ours.push(comment);
      else others ||= text(user['type']) === 'Bot';
    }
    return { ours: ours.sort((a, b) => integer(a['id']) - integer(b['id'])), others };
  }

  #login(): Promise<string> {
    this.#author ??= this.#call('GET /user').then(
      (data) => text(record(data)['login']) || ACTIONS_BOT,
      (error: unknown) => {
        if (
          error instanceof OperationError &&
          ['forbidden', 'unauthorized', 'not-found'].includes(error.code)
        ) {
          return ACTIONS_BOT;
        }
        throw error;
      },
    );
    return this.#author;
  }

  async *#pages(route: string, parameters: JsonObject, key?: string): AsyncGenerator<JsonObject> {
    for (let page = 1; page <= IO_LIMITS.maxPages; page += 1) {
      const data = await this.#call(route, { ...this.#where, ...parameters, per_page: 100, page });
      const items = records(key === undefined ? data : record(data)[key]);
      yield* items;
      if (items.length < 100) return;
    }
  }
}
