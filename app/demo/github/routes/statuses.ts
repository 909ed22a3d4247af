import { GITHUB_LIMITS } from '../limits.ts';
import { created, invalid, ok, page, Refusal, type Reply } from '../reply.ts';
import { type ApiRequest, repositoryOfRequest, requiredText, type Route, textField } from '../route.ts';
import { simpleStatusShape, statusShape } from '../shapes/check.ts';
import { apiUrl, repositoryShape } from '../shapes/repository.ts';
import type { RepositoryRecord, StatusRecord } from '../state.ts';

const STATES = ['error', 'failure', 'pending', 'success'] as const;

async function shaOf(request: ApiRequest, repository: RepositoryRecord): Promise<string> {
  const ref = request.params['ref'] ?? '';
  const sha = await repository.git.commitOf(ref);
  if (sha === undefined) throw new Refusal(422, `No commit found for SHA: ${ref}`);
  return sha;
}

/** Statuses of a commit, newest first. */
function statusesOf(request: ApiRequest, repository: RepositoryRecord, sha: string): StatusRecord[] {
  return request.github.state.statuses
    .filter((item) => item.repository === repository && item.sha === sha)
    .toReversed();
}

async function create(request: ApiRequest): Promise<Reply> {
  const repository = repositoryOfRequest(request);
  const { github, body, caller } = request;
  const sha = await shaOf(request, repository);
  const wanted = requiredText(body, 'Status', 'state');
  const state = STATES.find((known) => known === wanted);
  if (state === undefined) throw invalid('Status', 'state', `state ${wanted} is not allowed`, 'invalid');
  const description = textField(body, 'Status', 'description') ?? null;
  if (description !== null && Array.from(description).length > GITHUB_LIMITS.statusDescriptionCharacters) {
    throw invalid('Status', 'description', 'description is too long (maximum is 140 characters)', 'custom');
  }
  const context = textField(body, 'Status', 'context') ?? 'default';
  const earlier = statusesOf(request, repository, sha).filter((item) => item.context === context);
  if (earlier.length >= GITHUB_LIMITS.statusesOfAContext) {
    throw invalid(
      'Status',
      'context',
      'This SHA and context has reached the maximum number of statuses.',
      'custom',
    );
  }
  if (caller.account === undefined) throw new Refusal(401, 'Requires authentication');
  const status: StatusRecord = {
    id: github.state.nextId(),
    repository,
    sha,
    state,
    context,
    description,
    targetUrl: textField(body, 'Status', 'target_url') ?? null,
    creator: caller.account,
    createdAt: github.now(),
  };
  github.state.statuses.push(status);
  return created(statusShape(github, status));
}

/** The verdict over the newest status of each context, as GitHub combines them. */
function combined(latest: readonly StatusRecord[]): string {
  if (latest.some((item) => item.state === 'error' || item.state === 'failure')) return 'failure';
  return latest.length === 0 || latest.some((item) => item.state === 'pending') ? 'pending' : 'success';
}

/** Commit statuses. */
export const STATUS_ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: '/repos/:owner/:repo/statuses/:ref',
    permissions: [['statuses', 'write']],
    handle: create,
  },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/commits/:ref/statuses',
    permissions: [['statuses', 'read']],
    handle: async (request) => {
      const repository = repositoryOfRequest(request);
      const statuses = statusesOf(request, repository, await shaOf(request, repository));
      return page(
        request.url,
        statuses.map((status) => statusShape(request.github, status)),
      );
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/commits/:ref/status',
    permissions: [['statuses', 'read']],
    handle: async (request) => {
      const repository = repositoryOfRequest(request);
      const sha = await shaOf(request, repository);
      const all = statusesOf(request, repository, sha);
      const latest = all.filter(
        (item, index) => all.findIndex((other) => other.context === item.context) === index,
      );
      const api = `${apiUrl(request.github, repository)}/commits/${sha}`;
      return ok({
        state: combined(latest),
        statuses: latest.map((status) => simpleStatusShape(request.github, status)),
        sha,
        total_count: latest.length,
        repository: repositoryShape(request.github, repository),
        commit_url: api,
        url: `${api}/status`,
      });
    },
  },
];
