import { notFound, ok, type Reply } from '../reply.ts';
import { type ApiRequest, repositoryOfRequest, type Route } from '../route.ts';
import { commitShape } from '../shapes/commit.ts';
import { apiUrl, pageUrl, repositoryShape } from '../shapes/repository.ts';

async function branch(request: ApiRequest): Promise<Reply> {
  const repository = repositoryOfRequest(request);
  const name = request.params['branch'] ?? '';
  const sha = await repository.git.commitOf(`refs/heads/${name}`);
  if (sha === undefined) throw notFound();
  const self = `${apiUrl(request.github, repository)}/branches/${encodeURIComponent(name)}`;
  return ok({
    name,
    commit: commitShape(request.github, repository, await repository.git.commit(sha)),
    _links: { self, html: `${pageUrl(request.github, repository)}/tree/${encodeURIComponent(name)}` },
    protected: false,
    protection: {},
    protection_url: `${self}/protection`,
  });
}

/** Repositories and their branches. */
export const REPOSITORY_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/:owner/:repo',
    permissions: [['metadata', 'read']],
    handle: (request) => ok(repositoryShape(request.github, repositoryOfRequest(request))),
  },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/branches/:branch',
    permissions: [['contents', 'read']],
    handle: branch,
  },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/rules/branches/:branch',
    permissions: [['metadata', 'read']],
    handle: (request) => {
      repositoryOfRequest(request);
      return ok([]);
    },
  },
];
