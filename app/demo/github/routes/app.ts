import { page, created, notFound, ok, Refusal } from '../reply.ts';
import { type ApiRequest, asRecord, repositoryOfRequest, type Route } from '../route.ts';
import { appShape, installationShape } from '../shapes/account.ts';
import { repositoryShape } from '../shapes/repository.ts';
import type { App, Installation, Permissions } from '../state.ts';

const TOKEN_LIFETIME_MS = 3_600_000;

function appOf(request: ApiRequest): App {
  if (request.caller.kind !== 'app' || request.caller.app === undefined) {
    throw new Refusal(401, 'A JSON web token could not be decoded');
  }
  return request.caller.app;
}

function installationOf(request: ApiRequest): Installation {
  const app = appOf(request);
  const id = Number(request.params['installation']);
  const installation = request.github.state.installations.find((item) => item.id === id && item.app === app);
  if (installation === undefined) throw notFound();
  return installation;
}

/** The wanted permissions, which must lie within what the app was given. */
function narrowed(held: Permissions, wanted: unknown): Permissions {
  if (wanted === undefined || wanted === null) return held;
  const narrow: Record<string, 'read' | 'write'> = {};
  for (const [scope, level] of Object.entries(asRecord(wanted))) {
    const enough = held[scope] === 'write' || (held[scope] === 'read' && level === 'read');
    if (!enough || (level !== 'read' && level !== 'write')) {
      throw new Refusal(422, 'The permissions requested are not granted to this installation.');
    }
    narrow[scope] = level;
  }
  return { metadata: 'read', ...narrow };
}

function createToken(request: ApiRequest): ReturnType<typeof created> {
  const { github, body } = request;
  const installation = installationOf(request);
  const names = Array.isArray(body['repositories']) ? body['repositories'].map(String) : undefined;
  const ids = Array.isArray(body['repository_ids']) ? body['repository_ids'].map(Number) : undefined;
  const reachable = github.state.repositories.filter(
    (repository) => repository.owner === installation.account,
  );
  const chosen = reachable.filter(
    (repository) =>
      (names === undefined && ids === undefined) ||
      names?.includes(repository.name) === true ||
      ids?.includes(repository.id) === true,
  );
  if (chosen.length < (names?.length ?? 0) + (ids?.length ?? 0)) {
    throw new Refusal(
      422,
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  }
  const permissions = narrowed(installation.app.permissions, body['permissions']);
  const expiresAt = new Date(Date.parse(github.now()) + TOKEN_LIFETIME_MS)
    .toISOString()
    .replace('.000Z', 'Z');
  const selected = names !== undefined || ids !== undefined;
  const text = `ghs_${String(github.state.nextId()).padStart(36, '0')}`;
  github.state.tokens.set(text, {
    text,
    account: installation.app.bot,
    app: installation.app,
    installation,
    permissions,
    repositories: chosen.map((repository) => repository.id),
    expiresAt,
  });
  return created({
    token: text,
    expires_at: expiresAt,
    permissions,
    repository_selection: selected ? 'selected' : 'all',
    ...(selected ? { repositories: chosen.map((repository) => repositoryShape(github, repository)) } : {}),
  });
}

/** The app itself, its installations and their tokens. */
export const APP_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/app', handle: (request) => ok(appShape(request.github, appOf(request))) },
  {
    method: 'GET',
    path: '/app/installations',
    handle: (request) => {
      const app = appOf(request);
      const mine = request.github.state.installations.filter((installation) => installation.app === app);
      return page(
        request.url,
        mine.map((installation) => installationShape(request.github, installation)),
      );
    },
  },
  {
    method: 'GET',
    path: '/app/installations/:installation',
    handle: (request) => ok(installationShape(request.github, installationOf(request))),
  },
  { method: 'POST', path: '/app/installations/:installation/access_tokens', handle: createToken },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/installation',
    handle: (request) => {
      const app = appOf(request);
      const { owner } = repositoryOfRequest(request);
      const found = request.github.state.installations.find(
        (item) => item.app === app && item.account === owner,
      );
      if (found === undefined) throw notFound();
      return ok(installationShape(request.github, found));
    },
  },
  {
    method: 'GET',
    path: '/installation/repositories',
    handle: ({ github, url, caller }) => {
      if (caller.token?.installation === undefined) {
        throw new Refusal(403, 'Resource not accessible by integration');
      }
      const visible = github.state.repositories.filter((repository) => caller.sees(repository));
      const shapes = visible.map((repository) => repositoryShape(github, repository));
      return page(url, shapes, (repositories, total) => ({ total_count: total, repositories }));
    },
  },
];
