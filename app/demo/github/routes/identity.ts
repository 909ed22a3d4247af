import { notFound, ok, Refusal, type Reply } from '../reply.ts';
import { type ApiRequest, asRecord, repositoryOfRequest, type Route } from '../route.ts';
import { nodeId, publicUserShape, userShape } from '../shapes/account.ts';

const RATE = { limit: 5000, used: 0, remaining: 5000, reset: 4_102_444_800 } as const;

/** The two GraphQL operations that have no REST twin: who am I, and minimizing a comment. */
function graphql({ github, body, caller }: ApiRequest): Reply {
  const query = typeof body['query'] === 'string' ? body['query'] : '';
  if (caller.account === undefined) throw new Refusal(401, 'Requires authentication');
  if (query.includes('minimizeComment')) {
    const variables = asRecord(body['variables']);
    const wanted = [variables['id'], variables['subjectId'], asRecord(variables['input'])['subjectId']];
    const comment = github.state.comments.find((item) => wanted.includes(nodeId('IssueComment', item.id)));
    if (comment === undefined) {
      return ok({ data: null, errors: [{ type: 'NOT_FOUND', message: 'Could not resolve to a node' }] });
    }
    comment.minimized = 'OUTDATED';
    return ok({
      data: { minimizeComment: { minimizedComment: { isMinimized: true, minimizedReason: 'outdated' } } },
    });
  }
  if (/\bviewer\b/.test(query)) {
    const { login, id } = caller.account;
    // GraphQL gives a bot's login without the suffix that REST has.
    return ok({
      data: { viewer: { login, databaseId: id, id: nodeId('User', id), __typename: caller.account.type } },
    });
  }
  return ok({ errors: [{ message: 'This server answers viewer and minimizeComment only' }] });
}

/** Who the caller is, what others may, and the rate limit. */
export const IDENTITY_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/user',
    handle: ({ github, caller }) => {
      if (caller.kind === 'anonymous' || caller.account === undefined) {
        throw new Refusal(401, 'Requires authentication');
      }
      if (caller.account.type === 'Bot') throw new Refusal(403, 'Resource not accessible by integration');
      return ok(publicUserShape(github, caller.account));
    },
  },
  {
    method: 'GET',
    path: '/users/:username',
    handle: ({ github, params }) => {
      const account = github.state.accounts.get((params['username'] ?? '').toLowerCase());
      if (account === undefined) throw notFound();
      return ok(publicUserShape(github, account));
    },
  },
  {
    method: 'GET',
    path: '/rate_limit',
    handle: () => ok({ resources: { core: RATE, search: RATE, graphql: RATE }, rate: RATE }),
  },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/collaborators/:username/permission',
    permissions: [['metadata', 'read']],
    handle: (request) => {
      const repository = repositoryOfRequest(request);
      const login = (request.params['username'] ?? '').toLowerCase();
      const account = request.github.state.accounts.get(login);
      if (account === undefined) throw notFound();
      const permission = repository.collaborators.get(login) ?? (repository.private ? 'none' : 'read');
      return ok({
        permission,
        role_name: permission,
        user: {
          ...userShape(request.github, account),
          role_name: permission,
          permissions: {
            pull: permission !== 'none',
            triage: permission === 'admin' || permission === 'write',
            push: permission === 'admin' || permission === 'write',
            maintain: permission === 'admin',
            admin: permission === 'admin',
          },
        },
      });
    },
  },
  { method: 'POST', path: '/graphql', handle: graphql },
];
