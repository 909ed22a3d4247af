import type { Clock } from '../ports/clock.ts';
import { OperationError } from '../ports/operation-error.ts';
import { gitHubCalls, record, records, text, type GitHubClient, type JsonObject } from './github-client.ts';
import { IO_LIMITS } from './limits.ts';

/** Author of comments written with a workflow's own token, which may not ask who it is. */
const ACTIONS_BOT = 'github-actions[bot]';

export interface GitHubRepositoryOptions {
  readonly owner: string;
  readonly repo: string;
  readonly clock: Clock;
  /** Login whose comments are ours; asked from GitHub when absent. */
  readonly author?: string;
  /**
   * Whether writes are made again when GitHub fails or its answer is lost. Nothing is written twice. Off where something else keeps what is to
   * be written and comes again by itself (the app's outbox).
   */
  readonly retryWrites?: boolean;
}

/** One repository of GitHub's API: routes are called with its owner and name filled in. */
export class GitHubRepository {
  readonly name: string;
  readonly #call: (route: string, parameters?: JsonObject) => Promise<unknown>;
  readonly #where: JsonObject;
  #author: Promise<string> | undefined;

  constructor(client: GitHubClient, options: GitHubRepositoryOptions) {
    this.name = `${options.owner}/${options.repo}`;
    this.#where = { owner: options.owner, repo: options.repo };
    this.#call = gitHubCalls(client, options.clock, options.retryWrites);
    if (options.author !== undefined) this.#author = Promise.resolve(options.author);
  }

  /** Rejects with OperationError. */
  call(route: string, parameters: JsonObject = {}): Promise<unknown> {
    return this.#call(route, { ...this.#where, ...parameters });
  }

  /** Items of all pages of a list, as far as we look. `key` names the list where an answer is a map. */
  async *pages(route: string, parameters: JsonObject, key?: string): AsyncGenerator<JsonObject> {
    for (let page = 1; page <= IO_LIMITS.maxPages; page += 1) {
      const data = await this.call(route, { ...parameters, per_page: 100, page });
      const items = records(key === undefined ? data : record(data)[key]);
      yield* items;
      if (items.length < 100) return;
    }
  }

  /** The login whose comments are ours. */
  author(): Promise<string> {
    this.#author ??= this.#call('GET /user').then(
      (data) => text(record(data)['login']) || ACTIONS_BOT,
      (error: unknown) => {
        if (error instanceof OperationError && REFUSED.has(error.code)) return ACTIONS_BOT;
        // Whoever asks next may have more luck.
        this.#author = undefined;
        throw error;
      },
    );
    return this.#author;
  }

  /** Takes the author of something we just wrote for ourselves, so that nobody need be asked. */
  wroteAs(login: string): void {
    if (login !== '') this.#author ??= Promise.resolve(login);
  }
}

const REFUSED: ReadonlySet<string> = new Set(['forbidden', 'unauthorized', 'not-found']);
