import type { Clock } from '../ports/clock.ts';
import { OperationError } from '../ports/operation-error.ts';
import { IO_LIMITS } from './limits.ts';

/** What Collie needs of an Octokit; those of `@actions/github` and of Probot both have it. */
export interface GitHubClient {
  request(
    route: string,
    parameters?: Record<string, unknown>,
  ): Promise<{ readonly status: number; readonly data: unknown }>;
  /** For what REST cannot do; absent where a client is not asked for it. */
  graphql?(query: string, variables: Record<string, unknown>): Promise<unknown>;
}

export type JsonObject = Record<string, unknown>;

/** A map, or an empty one. GitHub's answers are read field by field, so that a missing one is no crash. */
export function record(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

export function records(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.map(record) : [];
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function integer(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

interface RequestFailure {
  readonly status: number;
  readonly message: string;
  readonly headers: JsonObject;
}

/** Octokit's RequestError by shape: Probot and @actions/github bring different copies of the class. */
function failureOf(error: unknown): RequestFailure {
  const fields = record(error);
  const response = record(fields['response']);
  return {
    status: integer(fields['status']),
    message: error instanceof Error ? error.message : text(fields['message']),
    headers: record(response['headers']),
  };
}

/** What `retry-after` asks for; GitHub writes seconds. */
function askedWaitMs({ headers }: RequestFailure): number | undefined {
  const asked = headers['retry-after'];
  const seconds = asked === undefined ? Number.NaN : Number(asked);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

/**
 * How long GitHub asks us to wait: `retry-after`, then `x-ratelimit-reset` when nothing remains, else a minute for a secondary
 * limit (docs: rate limits for the REST API). A 503 that names a wait is one too. Undefined when it is no limit.
 */
function limitWaitMs(failure: RequestFailure, now: number): number | undefined {
  const asked = askedWaitMs(failure);
  if (failure.status === 503) return asked;
  if (failure.status !== 403 && failure.status !== 429) return undefined;
  if (asked !== undefined) return asked;
  if (String(failure.headers['x-ratelimit-remaining']) === '0') {
    return Math.max(1000, Number(failure.headers['x-ratelimit-reset']) * 1000 - now);
  }
  return failure.status === 429 || /secondary rate limit/i.test(failure.message) ? 60_000 : undefined;
}

const PERMISSIONS: readonly (readonly [pattern: RegExp, permission: string])[] = [
  [/\/statuses\//, 'statuses: write'],
  [/\/check-runs/, 'checks: write'],
  [/\/issues\/|\/pulls\/.*(?:reviews|comments)/, 'pull-requests: write'],
];

/** Calls that do the same when they are made twice; a lost answer to any other may mean that it was carried out. */
const REPEATABLE = /^(?:PUT|PATCH|DELETE) |\/statuses\//;

function operationError(route: string, failure: RequestFailure, cause: unknown): OperationError {
  const words = failure.message.slice(0, 300);
  const said = { message: `GitHub answered ${failure.status} for ${route}: ${words}`, cause };
  if (failure.status === 401) {
    return new OperationError({ ...said, code: 'unauthorized', hint: 'The token is not valid here' });
  }
  if (failure.status === 403 || failure.status === 404) {
    const needed = PERMISSIONS.find(([pattern]) => pattern.test(route))?.[1];
    return new OperationError({
      ...said,
      code: failure.status === 403 ? 'forbidden' : 'not-found',
      hint:
        needed === undefined
          ? 'May the token read this?'
          : `The job's token needs the permission \`${needed}\``,
    });
  }
  if (failure.status === 422) {
    const tooLong = /too long|maximum is|characters are allowed/i.test(failure.message);
    return new OperationError({ ...said, code: tooLong ? 'too-large' : 'rejected', hint: '' });
  }
  return new OperationError({
    ...said,
    code: failure.status === 0 ? 'unreachable' : 'server-error',
    hint: 'Run the job again later',
    retryable: failure.status === 0 || failure.status >= 500,
  });
}

/** How long to wait before a call is made again that GitHub or the way to it failed; undefined when that is no use. */
function failureWaitMs(isRepeatable: boolean, failure: RequestFailure, attempt: number): number | undefined {
  if (!isRepeatable || (failure.status !== 0 && failure.status < 500)) return undefined;
  return askedWaitMs(failure) ?? 500 * 2 ** (attempt - 1);
}

/**
 * Calls GitHub: rate limits are waited for as GitHub asks (never longer than five minutes in all); reads are tried again on 5xx (after the
 * wait that the answer asks for) and on connection errors, and with `retryWrites` also writes that can be done twice. Rejects with
 * OperationError.
 */
export function gitHubCalls(
  client: GitHubClient,
  clock: Clock,
  retryWrites: boolean = false,
): (route: string, parameters?: JsonObject) => Promise<unknown> {
  return async (route, parameters) => {
    let waitedMs = 0;
    const isRepeatable = route.startsWith('GET ') || (retryWrites && REPEATABLE.test(route));
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await client.request(route, parameters)).data;
      } catch (error) {
        const failure = failureOf(error);
        const limitMs = limitWaitMs(failure, clock.now());
        // The try before it was carried out, and its answer lost.
        if (route.startsWith('DELETE ') && attempt > 1 && failure.status === 404) return undefined;
        const waitMs = limitMs ?? failureWaitMs(isRepeatable, failure, attempt);
        const giveUp = attempt >= IO_LIMITS.maxTries || waitedMs + (waitMs ?? 0) > IO_LIMITS.maxGitHubWaitMs;
        if (waitMs === undefined || giveUp) throw operationError(route, failure, error);
        waitedMs += waitMs;
        await clock.wait(waitMs);
      }
    }
  };
}
