import type { ChangedFile, CodeReview, KnownLineComment, LineComment } from '../ports/code-review.ts';
import { integer, record, text, type GitHubClient, type JsonObject } from './github-client.ts';
import { GitHubRepository, type GitHubRepositoryOptions } from './github-repository.ts';

const FILES = 'GET /repos/{owner}/{repo}/pulls/{pull_number}/files';
const COMMENTS = 'GET /repos/{owner}/{repo}/pulls/{pull_number}/comments';
const REVIEW = 'POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews';
const EDIT = 'PATCH /repos/{owner}/{repo}/pulls/comments/{comment_id}';
const DELETE = 'DELETE /repos/{owner}/{repo}/pulls/comments/{comment_id}';

/** Review comments over the Octokit of the Action. */
export function gitHubCodeReview(client: GitHubClient, options: GitHubRepositoryOptions): CodeReview {
  return new GitHubCodeReview(new GitHubRepository(client, options));
}

class GitHubCodeReview implements CodeReview {
  readonly #repository: GitHubRepository;

  constructor(repository: GitHubRepository) {
    this.#repository = repository;
  }

  async changedFiles(pullRequest: number): Promise<readonly ChangedFile[]> {
    const files: ChangedFile[] = [];
    for await (const file of this.#repository.pages(FILES, { pull_number: pullRequest })) {
      const patch = text(file['patch']);
      files.push({
        path: text(file['filename']),
        blob: text(file['sha']),
        ...(patch === '' ? {} : { patch }),
      });
    }
    return files;
  }

  async lineComments(pullRequest: number, start: string): Promise<readonly KnownLineComment[]> {
    const begun: JsonObject[] = [];
    const answered = new Set<number>();
    for await (const comment of this.#repository.pages(COMMENTS, { pull_number: pullRequest })) {
      answered.add(integer(comment['in_reply_to_id']));
      if (text(comment['body']).startsWith(start)) begun.push(comment);
    }
    if (begun.length === 0) return [];
    // Asked only now: mostly there is none.
    const author = await this.#repository.author();
    return begun
      .filter((comment) => text(record(comment['user'])['login']) === author)
      .map((comment) => {
        const id = integer(comment['id']);
        return { id, body: text(comment['body']), answered: answered.has(id) };
      });
  }

  async review(pullRequest: number, headSha: string, comments: readonly LineComment[]): Promise<void> {
    await this.#repository.call(REVIEW, {
      pull_number: pullRequest,
      commit_id: headSha,
      event: 'COMMENT',
      comments: comments.map(({ path, startLine, endLine, body }) => ({
        path,
        line: endLine,
        side: 'RIGHT',
        // GitHub refuses a range of one line.
        ...(startLine < endLine ? { start_line: startLine, start_side: 'RIGHT' } : {}),
        body,
      })),
    });
  }

  async editLineComment(id: number, body: string): Promise<void> {
    await this.#repository.call(EDIT, { comment_id: id, body });
  }

  async deleteLineComment(id: number): Promise<void> {
    await this.#repository.call(DELETE, { comment_id: id });
  }
}
