import type { Caller } from './auth.ts';
import { invalid, notFound, type Reply } from './reply.ts';
import { type GitHubState, type PullRecord, type RepositoryRecord, repositoryOf } from './state.ts';

/** What routes work with: the state, the server's own address, the time, and the way webhooks leave. */
export interface GitHub {
  readonly state: GitHubState;
  readonly url: string;
  /** ISO 8601 to the second, as GitHub writes times. */
  now(): string;
  /** Sends a webhook to every app that listens; resolves when it was answered, never rejects. */
  emit(
    event: string,
    repository: RepositoryRecord,
    payload: Readonly<Record<string, unknown>>,
  ): Promise<void>;
  /** Sends a stored delivery again with the same guid. */
  redeliver(deliveryId: number): Promise<boolean>;
}

export interface ApiRequest {
  readonly github: GitHub;
  readonly url: URL;
  readonly params: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Segments with `:name`; a last segment `:name*` takes the rest. */
  readonly path: string;
  /** Any one of these permissions is enough; absent means nothing but a valid identity where GitHub wants one. */
  readonly permissions?: readonly (readonly [scope: string, level: 'read' | 'write'])[];
  handle(request: ApiRequest): Promise<Reply> | Reply;
}

/** The repository of a request; 404 where it is missing or the caller may not see it. */
export function repositoryOfRequest(request: ApiRequest): RepositoryRecord {
  const { owner = '', repo = '' } = request.params;
  const repository = repositoryOf(request.github.state, owner, repo);
  if (repository === undefined || !request.caller.sees(repository)) throw notFound();
  return repository;
}

/** The pull request that `:number` names. */
export function pullOfRequest(request: ApiRequest, repository: RepositoryRecord): PullRecord {
  const pull = repository.pulls.get(Number(request.params['number']));
  if (pull === undefined) throw notFound();
  return pull;
}

/** A string of the body; undefined when absent; 422 when it is something else or required and missing. */
export function textField(
  body: Readonly<Record<string, unknown>>,
  resource: string,
  field: string,
): string | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalid(resource, field, `${field} is not a string`, 'invalid');
  return value;
}

/** A string of the body that must be there. */
export function requiredText(
  body: Readonly<Record<string, unknown>>,
  resource: string,
  field: string,
): string {
  const value = textField(body, resource, field);
  if (value === undefined) throw invalid(resource, field, `${field} is missing`, 'missing_field');
  return value;
}

/** A plain object of the body, for nested fields. */
export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** Compiles a route's path; the result gives the parameters of a matching path. */
export function matcher(path: string): (segments: readonly string[]) => Record<string, string> | undefined {
  const pattern = path.split('/').filter((part) => part !== '');
  const rest = pattern.at(-1)?.endsWith('*') === true;
  return (segments) => {
    if (rest ? segments.length < pattern.length - 1 : segments.length !== pattern.length) return undefined;
    const params: Record<string, string> = {};
    for (const [index, part] of pattern.entries()) {
      if (part.endsWith('*')) {
        params[part.slice(1, -1)] = segments.slice(index).join('/');
        return params;
      }
      const segment = segments[index] ?? '';
      if (part.startsWith(':')) params[part.slice(1)] = segment;
      else if (part !== segment) return undefined;
    }
    return params;
  };
}
