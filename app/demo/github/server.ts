import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { deliver, deliveryGuid, type Hook, type OutgoingWebhook } from './deliveries.ts';
import { initBareRepository, openBareRepository } from './git.ts';
import { answerRequest, type Fault } from './listener.ts';
import { mergePull, type MergeMethod, observePushes, openPull } from './pull-requests.ts';
import type { GitHub } from './route.ts';
import { nodeId } from './shapes/account.ts';
import { repositoryShape } from './shapes/repository.ts';
import {
  accountOf,
  type App,
  emptyState,
  type GitHubState,
  type Permissions,
  type PullRecord,
  type RepositoryRecord,
  repositoryOf,
} from './state.ts';

export interface GitHubServerOptions {
  /** Folder for bare repositories (`OWNER/NAME.git`) that are not given by path. */
  readonly gitDirectory: string;
  /** Where the app's webhooks go; none are sent without it. It can be set later. */
  readonly webhookUrl?: string;
  readonly webhookSecret?: string;
  /** The app that receives webhooks. */
  readonly appId?: number;
  /** PEM of the app's public key; its JWTs are verified with it. */
  readonly appPublicKey?: string;
  /** Events the app subscribes to. */
  readonly events?: readonly string[];
  /** Permissions the app was granted. */
  readonly permissions?: Permissions;
  readonly clock?: { now(): number };
  /** 0 takes a free port. */
  readonly port?: number;
}

/** A running server and what tests and the demo do with it besides HTTP. */
export interface GitHubServer {
  /** Base address, of the API and of the pages alike; without a trailing slash. */
  readonly url: string;
  readonly state: GitHubState;
  readonly app: App;
  /** Creates a repository over a bare one (made when missing) and installs the app on its owner. */
  createRepository(fullName: string, options?: RepositoryOptions): Promise<RepositoryRecord>;
  /** A token that acts as `login`, or as the Actions app's bot when `login` is `github-actions[bot]`. */
  createToken(login: string, permissions: Permissions, repository?: string): string;
  /** Tells what was pushed to the bare repository since the last look, as `login`. Resolves when webhooks were answered. */
  pushed(fullName: string, login: string): Promise<void>;
  openPullRequest(fullName: string, pull: OpenPullRequest): Promise<PullRecord>;
  /** Resolves with the merge commit when its webhooks were answered. */
  mergePullRequest(fullName: string, number: number, login: string, method?: MergeMethod): Promise<string>;
  /** The next matching requests are answered with this. */
  fail(fault: Omit<Fault, 'times'> & { readonly times?: number }): void;
  /** Takes back every fault that was not met yet. */
  heal(): void;
  sendWebhooksTo(url: string, secret: string): void;
  /** Sends a delivery of `state.deliveries` again, with the same guid. */
  redeliver(deliveryId: number): Promise<boolean>;
  /** Resolves when every webhook on its way was answered. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface RepositoryOptions {
  readonly defaultBranch?: string;
  readonly private?: boolean;
  /** Path of the bare repository. */
  readonly bare?: string;
  readonly collaborators?: Readonly<Record<string, 'admin' | 'write' | 'read'>>;
}

export interface OpenPullRequest {
  readonly title: string;
  readonly body?: string;
  readonly head: string;
  readonly base?: string;
  readonly login: string;
}

const ACTIONS_APP_ID = 15368;
const ALL_PERMISSIONS: Permissions = {
  checks: 'write',
  contents: 'read',
  issues: 'write',
  metadata: 'read',
  pull_requests: 'write',
  statuses: 'write',
};

function appRecord(
  state: GitHubState,
  slug: string,
  fields: Partial<App> & { readonly id: number; readonly createdAt: string },
): App {
  const app: App = {
    slug,
    name: slug,
    owner: accountOf(state, 'apps', 'Organization'),
    bot: accountOf(state, `${slug}[bot]`),
    permissions: ALL_PERMISSIONS,
    events: ['pull_request', 'push'],
    ...fields,
  };
  state.apps.push(app);
  return app;
}

/**
 * A GitHub for tests and the demo: state in memory, repositories in bare git repositories on disk, GitHub's own limits and errors,
 * webhooks signed and sent in order. Ids count up and times come from `clock`, so the same calls give the same answers.
 */
export async function createGitHubServer(options: GitHubServerOptions): Promise<GitHubServer> {
  const state = emptyState();
  const clock = options.clock ?? { now: () => Date.now() };
  const faults: Fault[] = [];
  const createdAt = isoSeconds(clock.now());
  const app = appRecord(state, 'collie', {
    id: options.appId ?? 4242,
    createdAt,
    ...(options.appPublicKey === undefined ? {} : { publicKey: options.appPublicKey }),
    ...(options.events === undefined ? {} : { events: options.events }),
    ...(options.permissions === undefined ? {} : { permissions: options.permissions }),
  });
  const actions = appRecord(state, 'github-actions', { id: ACTIONS_APP_ID, createdAt });
  const github = new Sender(state, app, clock);
  const server = createServer((incoming, outgoing) => {
    answerRequest(github, faults, incoming, outgoing).catch((error: unknown) => {
      outgoing.destroy(error instanceof Error ? error : undefined);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  github.url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const running = new RunningServer(github, server, { gitDirectory: options.gitDirectory, actions, faults });
  if (options.webhookUrl !== undefined) {
    running.sendWebhooksTo(options.webhookUrl, options.webhookSecret ?? '');
  }
  return running;
}

function isoSeconds(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}

/** The part that knows where webhooks go: sends them in order, one after the other. */
class Sender implements GitHub {
  url = '';
  readonly state: GitHubState;
  readonly app: App;
  hook: Hook | undefined;
  readonly #clock: { now(): number };
  #queue: Promise<unknown> = Promise.resolve();
  #count = 0;

  constructor(state: GitHubState, app: App, clock: { now(): number }) {
    this.state = state;
    this.app = app;
    this.#clock = clock;
  }

  now(): string {
    return isoSeconds(this.#clock.now());
  }

  async emit(
    event: string,
    repository: RepositoryRecord,
    payload: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const installation = this.state.installations.find(
      (item) => item.account === repository.owner && item.app === this.app,
    );
    if (this.hook === undefined || installation === undefined || !this.app.events.includes(event)) return;
    this.#count += 1;
    await this.#send(this.hook, {
      guid: deliveryGuid(this.#count),
      event,
      action: typeof payload['action'] === 'string' ? payload['action'] : null,
      payload: JSON.stringify({
        ...payload,
        repository: repositoryShape(this, repository),
        installation: { id: installation.id, node_id: nodeId('Installation', installation.id) },
      }),
      installationId: installation.id,
      repositoryId: repository.id,
      redelivery: false,
    });
  }

  async redeliver(deliveryId: number): Promise<boolean> {
    const earlier = this.state.deliveries.find((item) => item.id === deliveryId);
    if (earlier === undefined || this.hook === undefined) return false;
    await this.#send(this.hook, { ...earlier, redelivery: true });
    return true;
  }

  async settled(): Promise<void> {
    for (let last: unknown; last !== this.#queue;) {
      last = this.#queue;
      await last;
    }
  }

  async #send(hook: Hook, webhook: OutgoingWebhook): Promise<void> {
    this.#queue = this.#queue.then(() => deliver(this.state, hook, webhook, this.now()));
    await this.#queue;
  }
}

interface Backstage {
  readonly gitDirectory: string;
  readonly actions: App;
  readonly faults: Fault[];
}

class RunningServer implements GitHubServer {
  readonly url: string;
  readonly state: GitHubState;
  readonly app: App;
  readonly #github: Sender;
  readonly #server: Server;
  readonly #backstage: Backstage;

  constructor(github: Sender, server: Server, backstage: Backstage) {
    this.url = github.url;
    this.state = github.state;
    this.app = github.app;
    this.#github = github;
    this.#server = server;
    this.#backstage = backstage;
  }

  async createRepository(fullName: string, options: RepositoryOptions = {}): Promise<RepositoryRecord> {
    const repository = await makeRepository(this.#github, this.#backstage.gitDirectory, fullName, options);
    const installed = this.state.installations.some(
      (item) => item.account === repository.owner && item.app === this.app,
    );
    if (!installed) {
      const createdAt = this.#github.now();
      this.state.installations.push({
        id: this.state.nextId(),
        app: this.app,
        account: repository.owner,
        createdAt,
      });
    }
    return repository;
  }

  createToken(login: string, permissions: Permissions, repository?: string): string {
    const { actions } = this.#backstage;
    const fromActions = login === actions.bot.login;
    const text = `${fromActions ? 'ghs' : 'ghp'}_${String(this.state.nextId()).padStart(36, '0')}`;
    this.state.tokens.set(text, {
      text,
      account: accountOf(this.state, login),
      permissions: { metadata: 'read', ...permissions },
      ...(fromActions ? { app: actions } : {}),
      ...(repository === undefined ? {} : { repositories: [this.#named(repository).id] }),
    });
    return text;
  }

  pushed(fullName: string, login: string): Promise<void> {
    return observePushes(this.#github, this.#named(fullName), accountOf(this.state, login));
  }

  openPullRequest(fullName: string, pull: OpenPullRequest): Promise<PullRecord> {
    const repository = this.#named(fullName);
    return openPull(this.#github, repository, {
      title: pull.title,
      body: pull.body ?? '',
      head: pull.head,
      base: pull.base ?? repository.defaultBranch,
      author: accountOf(this.state, pull.login),
    });
  }

  async mergePullRequest(
    fullName: string,
    number: number,
    login: string,
    method: MergeMethod = 'merge',
  ): Promise<string> {
    const repository = this.#named(fullName);
    const pull = repository.pulls.get(number);
    if (pull === undefined) throw new Error(`there is no pull request ${fullName}#${number}`);
    return mergePull(this.#github, repository, pull, { method, by: accountOf(this.state, login) });
  }

  fail(fault: Omit<Fault, 'times'> & { readonly times?: number }): void {
    this.#backstage.faults.push({ times: 1, ...fault });
  }

  heal(): void {
    this.#backstage.faults.length = 0;
  }

  sendWebhooksTo(url: string, secret: string): void {
    this.#github.hook = { url, secret, hookId: this.state.nextId() };
  }

  redeliver(deliveryId: number): Promise<boolean> {
    return this.#github.redeliver(deliveryId);
  }

  settled(): Promise<void> {
    return this.#github.settled();
  }

  async close(): Promise<void> {
    await this.settled();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #named(fullName: string): RepositoryRecord {
    const [owner = '', name = ''] = fullName.split('/');
    const repository = repositoryOf(this.state, owner, name);
    if (repository === undefined) throw new Error(`there is no repository ${fullName}`);
    return repository;
  }
}

async function makeRepository(
  github: GitHub,
  gitDirectory: string,
  fullName: string,
  given: RepositoryOptions,
): Promise<RepositoryRecord> {
  const { state } = github;
  const [owner = '', name = ''] = fullName.split('/');
  const defaultBranch = given.defaultBranch ?? 'main';
  const bare = given.bare ?? join(gitDirectory, owner, `${name}.git`);
  await initBareRepository(bare, defaultBranch);
  const git = openBareRepository(bare);
  const repository: RepositoryRecord = {
    id: state.nextId(),
    owner: accountOf(state, owner, 'Organization'),
    name,
    defaultBranch,
    private: given.private ?? false,
    git,
    createdAt: github.now(),
    tips: new Map(await git.branches()),
    pulls: new Map(),
    collaborators: new Map(),
    nextNumber: 1,
  };
  for (const [login, role] of Object.entries(given.collaborators ?? {})) {
    repository.collaborators.set(accountOf(state, login).login.toLowerCase(), role);
  }
  state.repositories.push(repository);
  return repository;
}
