import type { FastifyInstance } from 'fastify';
import { loadCatalogue, loadTypes } from '../../src/io/files.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { OperationError } from '../../src/ports/operation-error.ts';
import type { Duty } from '../engine/duty.ts';
import { carryOut, type CarryOutParts } from '../handovers/carry-out.ts';
import { gitHubHistory } from '../handovers/github-history.ts';
import { HandoverWorker, type HandoverWorkerOptions } from '../handovers/worker.ts';
import { isScope } from '../identity/scopes.ts';
import { issueToken } from '../identity/tokens.ts';
import type { AppLimits } from '../limits.ts';
import type { StoredHandover } from '../store/handovers.ts';
import type { Store } from '../store/store.ts';
import type { GitHubSide } from './github-side.ts';
import type { WatchedServer } from './watched-server.ts';
import { ownControlPlane } from './own-api.ts';

/** How long the key is good that one apply works with: it takes seconds, and minutes with a fleet of thousands of resources. */
const KEY_MS = 3_600_000;

export interface HandoverParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly limits: AppLimits;
  readonly duty: Duty;
  readonly github: Pick<GitHubSide, 'access' | 'repositoryUrl'>;
  /** A BindPlane server whose rollouts are told: jobs apply to it by themselves. */
  readonly watched: WatchedServer | undefined;
  /** This server's own API. */
  readonly api: () => Pick<FastifyInstance, 'inject'>;
  readonly warn: (message: string, error: unknown) => void;
}

/** The queue of merges that were handed over, applied to this very server; undefined where it takes none. */
export async function handoverWorker(parts: HandoverParts): Promise<HandoverWorker | undefined> {
  const { store, clock, limits, duty, github, watched, warn } = parts;
  const { access } = github;
  if (access === undefined || watched !== undefined) return undefined;
  const [types, catalogue] = await Promise.all([loadTypes(), loadCatalogue()]);
  const repositoryUrl = (repository: string): string => github.repositoryUrl(repository);
  return new HandoverWorker({
    store,
    clock,
    duty,
    limits,
    warn,
    history: async (repository) => {
      const client = await access.clientOf(repository);
      return client === undefined ? undefined : gitHubHistory(client, repository, clock);
    },
    carryOut: carryingOut({ ...parts, access, repositoryUrl, types, catalogue }),
  });
}

/** What an apply to this very server needs. */
export interface CarryingParts
  extends
    Pick<HandoverParts, 'store' | 'clock' | 'duty' | 'api' | 'warn'>,
    Pick<CarryOutParts, 'types' | 'catalogue'> {
  /** The way to repositories; undefined where the app is not installed. */
  readonly access: {
    files(repository: string): Promise<CarryOutParts['files'] | undefined>;
    conversation(repository: string): Promise<CarryOutParts['conversation'] | undefined>;
  };
  readonly repositoryUrl: (repository: string) => string;
}

/** Applies merges to this very server through its own API, with a key that ends with each; nothing is written once another process decides. */
export function carryingOut(parts: CarryingParts): HandoverWorkerOptions['carryOut'] {
  const { access, duty, api, types, catalogue, clock, warn } = parts;
  return async (handover, stage, told) => {
    const { repository } = handover;
    const { term } = duty;
    const [files, conversation] = await Promise.all([
      access.files(repository),
      access.conversation(repository),
    ]);
    if (files === undefined || conversation === undefined) throw notInstalled(repository);
    return withKey(parts, handover, (key) => {
      const controlPlane = ownControlPlane(api(), key, () => duty.leads && duty.term === term);
      const repositoryUrl = parts.repositoryUrl(repository);
      const common = { files, conversation, controlPlane, types, catalogue, clock, repositoryUrl, warn };
      return carryOut(handover, stage, common, told);
    });
  };
}

/** Does work with a key that can do what whoever handed the merge over can; it ends with the work. */
async function withKey<T>(
  { store, clock }: Pick<HandoverParts, 'store' | 'clock'>,
  { by, scopes, id }: StoredHandover,
  work: (key: string) => Promise<T>,
): Promise<T> {
  const request = {
    name: `${by} (merge ${id.slice(0, 8)})`,
    scopes: scopes.filter(isScope),
    ttlMs: KEY_MS,
    createdBy: by,
  };
  const issued = await store.transaction((tables) => issueToken(tables, request, clock.now()));
  if (issued === undefined) throw new Error('no key could be made');
  try {
    return await work(issued.key);
  } finally {
    await store
      .transaction((tables) => tables.tokens.revoke(issued.token.id, clock.now()))
      .catch(() => undefined);
  }
}

function notInstalled(repository: string): OperationError {
  return new OperationError({
    code: 'not-found',
    message: `The GitHub App of this server is not installed on ${repository}`,
    hint: 'Install it there, or leave app-url out',
  });
}
