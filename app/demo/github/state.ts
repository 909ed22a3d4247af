import type { BareRepository } from './git.ts';

/** Someone who acts: a person, an organisation, or the bot of an app. */
export interface Account {
  readonly id: number;
  readonly login: string;
  readonly type: 'User' | 'Bot' | 'Organization';
}

export type Permissions = Readonly<Record<string, 'read' | 'write'>>;

export interface App {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly owner: Account;
  readonly bot: Account;
  /** PEM; app JWTs are verified with it. */
  readonly publicKey?: string;
  readonly permissions: Permissions;
  readonly events: readonly string[];
  readonly createdAt: string;
}

export interface Installation {
  readonly id: number;
  readonly app: App;
  readonly account: Account;
  readonly createdAt: string;
}

/** What a token may do. Without `repositories` it reaches all of them. */
export interface Token {
  readonly text: string;
  readonly account: Account;
  readonly app?: App;
  readonly installation?: Installation;
  readonly permissions: Permissions;
  readonly repositories?: readonly number[];
  /** ISO 8601. */
  readonly expiresAt?: string;
}

export interface RepositoryRecord {
  readonly id: number;
  readonly owner: Account;
  readonly name: string;
  readonly defaultBranch: string;
  readonly private: boolean;
  readonly git: BareRepository;
  readonly createdAt: string;
  /** Branch tips as last announced by webhooks. */
  readonly tips: Map<string, string>;
  readonly pulls: Map<number, PullRecord>;
  readonly collaborators: Map<string, 'admin' | 'write' | 'read'>;
  nextNumber: number;
}

export interface PullRecord {
  readonly id: number;
  readonly number: number;
  readonly author: Account;
  title: string;
  body: string;
  readonly headRef: string;
  headSha: string;
  readonly baseRef: string;
  baseSha: string;
  state: 'open' | 'closed';
  draft: boolean;
  readonly labels: string[];
  readonly createdAt: string;
  updatedAt: string;
  closedAt?: string;
  mergedAt?: string;
  mergedBy?: Account;
  /** Of the test merge while open; of the real one once merged. */
  mergeCommitSha?: string;
  mergeable: boolean;
  mergeMethod?: 'merge' | 'squash' | 'rebase';
}

export interface CommentRecord {
  readonly id: number;
  readonly repository: RepositoryRecord;
  readonly number: number;
  readonly author: Account;
  readonly app?: App;
  body: string;
  readonly createdAt: string;
  updatedAt: string;
  readonly reactions: {
    readonly id: number;
    readonly content: string;
    readonly account: Account;
    readonly createdAt: string;
  }[];
  minimized?: string;
}

export interface StatusRecord {
  readonly id: number;
  readonly repository: RepositoryRecord;
  readonly sha: string;
  readonly state: 'error' | 'failure' | 'pending' | 'success';
  readonly context: string;
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly creator: Account;
  readonly createdAt: string;
}

export interface AnnotationRecord {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly startColumn: number | null;
  readonly endColumn: number | null;
  readonly level: string;
  readonly message: string;
  readonly title: string | null;
  readonly rawDetails: string | null;
}

export interface CheckRecord {
  readonly id: number;
  readonly repository: RepositoryRecord;
  readonly sha: string;
  readonly app: App;
  name: string;
  externalId: string;
  detailsUrl: string | null;
  status: string;
  conclusion: string | null;
  readonly startedAt: string;
  completedAt: string | null;
  title: string | null;
  summary: string | null;
  text: string | null;
  readonly annotations: AnnotationRecord[];
  /** How often it was created or changed. */
  writes: number;
}

export interface ReviewRecord {
  readonly id: number;
  readonly repository: RepositoryRecord;
  readonly number: number;
  readonly author: Account;
  readonly state: string;
  readonly body: string;
  readonly commitSha: string;
  readonly submittedAt: string;
}

/** A comment on lines of the new side of a pull request's diff. */
export interface ReviewCommentRecord {
  readonly id: number;
  readonly repository: RepositoryRecord;
  readonly number: number;
  readonly reviewId: number;
  readonly author: Account;
  readonly path: string;
  /** Null for a comment on one line. */
  readonly startLine: number | null;
  readonly line: number;
  readonly hunk: string;
  body: string;
  readonly commitSha: string;
  readonly inReplyTo?: number;
  readonly createdAt: string;
  updatedAt: string;
}

/** A webhook as sent, with what came back. */
export interface DeliveryRecord {
  readonly id: number;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly payload: string;
  readonly installationId: number | null;
  readonly repositoryId: number | null;
  readonly deliveredAt: string;
  readonly redelivery: boolean;
  readonly statusCode: number;
  readonly answer: string;
}

/** One request to the API and its answer. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly request: unknown;
  readonly status: number;
  readonly response: unknown;
}

/** Everything the server knows. Ids are counted up, so that the same calls give the same ids. */
export interface GitHubState {
  readonly accounts: Map<string, Account>;
  readonly apps: App[];
  readonly installations: Installation[];
  readonly tokens: Map<string, Token>;
  readonly repositories: RepositoryRecord[];
  readonly comments: CommentRecord[];
  readonly statuses: StatusRecord[];
  readonly checks: CheckRecord[];
  readonly reviews: ReviewRecord[];
  readonly reviewComments: ReviewCommentRecord[];
  readonly deliveries: DeliveryRecord[];
  readonly exchanges: Exchange[];
  nextId(): number;
}

/** An empty GitHub. */
export function emptyState(): GitHubState {
  let id = 1000;
  return {
    accounts: new Map(),
    apps: [],
    installations: [],
    tokens: new Map(),
    repositories: [],
    comments: [],
    statuses: [],
    checks: [],
    reviews: [],
    reviewComments: [],
    deliveries: [],
    exchanges: [],
    nextId() {
      id += 1;
      return id;
    },
  };
}

/** The account of that login, made when it is new. Logins ending in `[bot]` are bots. */
export function accountOf(state: GitHubState, login: string, type?: Account['type']): Account {
  const known = state.accounts.get(login.toLowerCase());
  if (known !== undefined) return known;
  const account: Account = {
    id: state.nextId(),
    login,
    type: type ?? (login.endsWith('[bot]') ? 'Bot' : 'User'),
  };
  state.accounts.set(login.toLowerCase(), account);
  return account;
}

/** The repository `owner/name`, regardless of case as on GitHub. */
export function repositoryOf(state: GitHubState, owner: string, name: string): RepositoryRecord | undefined {
  return state.repositories.find(
    (repository) =>
      repository.owner.login.toLowerCase() === owner.toLowerCase() &&
      repository.name.toLowerCase() === name.toLowerCase(),
  );
}
