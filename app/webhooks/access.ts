import { Probot, ProbotOctokit } from 'probot';
import type { Logger } from 'pino';
import { type GitHubClient, integer, record, text } from '../../src/io/github-client.ts';
import { BlobMemory, type CommitFiles, gitHubFiles } from '../../src/io/github-files.ts';
import { gitHubConversation } from '../../src/io/github.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Conversation } from '../../src/ports/conversation.ts';
import { OperationError } from '../../src/ports/operation-error.ts';

export interface GitHubAppOptions {
  readonly appId: number;
  /** PEM. */
  readonly privateKey: string;
  readonly webhookSecret: string;
  /** Base address of the REST API; GitHub's own unless given. */
  readonly apiUrl?: string;
  readonly log: Logger;
}

/** Where GitHub is. */
export interface GitHubAddresses {
  /** Base address of the REST API; absent for github.com. */
  readonly apiUrl?: string;
  /** Base address of the pages. */
  readonly webUrl: string;
}

/** Addresses of github.com, or of the GitHub Enterprise Server that Probot's GHE_HOST and GHE_PROTOCOL name. */
export function gitHubAddresses(host: string | undefined, protocol: string | undefined): GitHubAddresses {
  if (host === undefined || host === '') return { webUrl: 'https://github.com' };
  const webUrl = `${protocol === undefined || protocol === '' ? 'https' : protocol}://${host}`;
  return { apiUrl: `${webUrl}/api/v3`, webUrl };
}

/**
 * Probot for our app. Octokit's own retries and waits are off: they follow the wall clock and would hide from us what GitHub asks
 * for; the conversation and the reporter do both.
 */
export function createProbot(options: GitHubAppOptions): Probot {
  return new Probot({
    appId: options.appId,
    privateKey: options.privateKey,
    secret: options.webhookSecret,
    // What goes wrong in a handler comes back to us as an error; Probot would log it with the whole payload.
    log: options.log.child({}, { level: 'fatal' }),
    ...(options.apiUrl === undefined ? {} : { baseUrl: options.apiUrl }),
    Octokit: ProbotOctokit.defaults((defaults: object) => ({
      ...defaults,
      retry: { enabled: false },
      throttle: { enabled: false },
    })),
  });
}

/** The app's way to repositories: each call with a token of the installation that has the repository, and no other. */
export class GitHubAccess {
  readonly #probot: Probot;
  readonly #clock: Clock;
  readonly #installations = new Map<string, number>();
  readonly #blobs = new BlobMemory();
  #author: Promise<string> | undefined;

  constructor(probot: Probot, clock: Clock) {
    this.#probot = probot;
    this.#clock = clock;
  }

  /** A client that may see `owner/name`; undefined where the app is not installed. Rejects with OperationError. */
  async clientOf(repository: string): Promise<GitHubClient | undefined> {
    const installation = await this.#installationOf(repository);
    if (installation === undefined) return undefined;
    const octokit = await this.#probot.auth(installation);
    return { request: (route, parameters) => octokit.request(route, parameters ?? {}) };
  }

  /** The conversation of `owner/name`; undefined where the app is not installed. Rejects with OperationError. */
  async conversation(repository: string): Promise<Conversation | undefined> {
    const client = await this.clientOf(repository);
    return client === undefined ? undefined : this.conversationOver(client, repository);
  }

  /** The conversation of a repository over a client that may see it. */
  async conversationOver(client: GitHubClient, repository: string): Promise<Conversation> {
    const [owner = '', repo = ''] = repository.split('/');
    return gitHubConversation(client, { owner, repo, clock: this.#clock, author: await this.#login() });
  }

  /** Files of the commits of `owner/name`; undefined where the app is not installed. Rejects with OperationError. */
  async files(repository: string): Promise<CommitFiles | undefined> {
    const client = await this.clientOf(repository);
    if (client === undefined) return undefined;
    return gitHubFiles(client, { repository, clock: this.#clock, blobs: this.#blobs });
  }

  /** Forgets the installations of an account; the next call asks again. */
  forget(account: string): void {
    for (const repository of this.#installations.keys()) {
      if (repository.startsWith(`${account.toLowerCase()}/`)) this.#installations.delete(repository);
    }
  }

  async #installationOf(repository: string): Promise<number | undefined> {
    const key = repository.toLowerCase();
    const known = this.#installations.get(key);
    if (known !== undefined) return known;
    const [owner = '', repo = ''] = repository.split('/');
    const data = await this.#asApp('GET /repos/{owner}/{repo}/installation', { owner, repo });
    if (data === undefined) return undefined;
    const id = integer(record(data)['id']);
    this.#installations.set(key, id);
    return id;
  }

  /** Login of our comments: the app's slug, as REST writes bots. */
  #login(): Promise<string> {
    this.#author ??= this.#asApp('GET /app', {}).then(
      (data) => `${text(record(data)['slug'])}[bot]`,
      (error: unknown) => {
        this.#author = undefined;
        throw error;
      },
    );
    return this.#author;
  }

  /** Asks as the app itself; undefined on 404. */
  async #asApp(route: string, parameters: Record<string, unknown>): Promise<unknown> {
    try {
      const octokit = await this.#probot.auth();
      return (await octokit.request(route, parameters)).data as unknown;
    } catch (error) {
      const status = integer(record(error)['status']);
      if (status === 404) return undefined;
      const words = error instanceof Error ? error.message : String(error);
      throw new OperationError({
        code: status === 401 ? 'unauthorized' : 'server-error',
        message: `GitHub answered ${status === 0 ? 'nothing' : status} for ${route}: ${words.slice(0, 300)}`,
        hint:
          status === 401
            ? 'Do APP_ID and PRIVATE_KEY belong together, and is the clock right?'
            : 'It is tried again',
        retryable: status !== 401,
        cause: error,
      });
    }
  }
}
