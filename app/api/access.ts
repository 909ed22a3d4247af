import type { Need } from '../identity/scopes.ts';
import { FAMILIES } from './families.ts';

/** What one route asks for. */
export interface RouteAccess {
  /** Method and path with `:` for each parameter: `GET /v1/agents/:`. */
  readonly route: string;
  readonly need: Need;
}

const RESOURCE_PATHS = [...FAMILIES.map(({ path }) => path), 'configurations', 'resources/:'];

function rows(need: Need, ...routes: readonly string[]): readonly RouteAccess[] {
  return routes.map((route) => ({ route, need }));
}

/**
 * Every route and the scope it asks for (SEC-83): a route without a row here is for administrators alone, and a test fails until it has one.
 * `collie tokens routes` prints it.
 */
const ACCESS: readonly RouteAccess[] = [
  ...rows('public', 'GET /health', 'GET /readyz', 'GET /livez', 'GET /openapi.json'),
  // The GitHub token in the body proves who asks.
  ...rows('public', 'POST /v1/collie/github-tokens'),
  ...rows('read', 'GET /v1/version'),
  ...rows('read', 'GET /v1/:/:/history'),
  ...RESOURCE_PATHS.flatMap((path) => [
    ...rows('read', `GET /v1/${path}`, `GET /v1/${path}/:`, `GET /v1/${path}/:/history`),
    ...rows('apply', `DELETE /v1/${path}/:`),
  ]),
  ...rows(
    'apply',
    'POST /v1/apply',
    'POST /v1/delete',
    'POST /v1/configurations/:/copy',
    'PUT /v1/configurations/:/revert',
    'POST /v1/collie/origins',
    'POST /v1/collie/applies',
    'PUT /v1/collie/policies/:',
    'DELETE /v1/collie/policies/:',
  ),
  ...rows(
    'read',
    'GET /v1/agents',
    'GET /v1/agents/:',
    'GET /v1/agents/:/configuration',
    'GET /v1/agents/:/labels',
    'GET /v1/agent-types',
    'GET /v1/agent-versions',
    'GET /v1/agent-versions/:',
    'GET /v1/agent-version/:',
    'GET /v1/available-components',
    'GET /v1/available-components/:',
    'GET /v1/rollouts',
    'GET /v1/rollouts/:',
    'GET /v1/rollouts/:/status',
    'GET /v1/collie/rollouts',
    'GET /v1/collie/applies',
    'GET /v1/collie/applies/:',
    'GET /v1/collie/agents',
    'GET /v1/collie/agents/:',
    'GET /v1/collie/events',
    'GET /v1/collie/policies',
    'GET /v1/collie/policies/:',
    'GET /v1/collie/rollouts/:/events',
    'GET /v1/collie/agents/:/history',
    'GET /v1/collie/holds',
  ),
  // Labels decide who gets which configuration, so they are no less than resources.
  ...rows('apply', 'PATCH /v1/agents/:/labels', 'PATCH /v1/agents/labels', 'DELETE /v1/agents'),
  ...rows(
    'rollout',
    'POST /v1/rollouts',
    ...['start', 'update'].map((verb) => `POST /v1/rollouts/:/${verb}`),
    ...['pause', 'resume', 'abort', 'rollback', 'promote', 'retry'].map(
      (verb) => `PUT /v1/rollouts/:/${verb}`,
    ),
    'PUT /v1/collie/rollouts/:/checks',
    'PUT /v1/collie/holds',
    'DELETE /v1/collie/holds',
    'PUT /v1/agents/:/restart',
    'POST /v1/agents/:/disconnect',
    'POST /v1/agents/:/version',
    'PATCH /v1/agents/version',
    'POST /v1/agent-versions/:/sync',
  ),
  // Keys, and what tells or holds them: an install command names an enrolment key.
  ...rows(
    'admin',
    'GET /v1/agent-versions/:/:/install-command',
    'GET /v1/agent-versions/:/install-command',
    'GET /v1/secret-keys',
    'POST /v1/secret-keys',
    'DELETE /v1/secret-keys/:',
    'GET /v1/collie/audit',
    'GET /v1/collie/access',
    'GET /v1/collie/tokens',
    'POST /v1/collie/tokens',
    'DELETE /v1/collie/tokens/:',
    'GET /v1/collie/enrolment-keys',
    'POST /v1/collie/enrolment-keys',
    'DELETE /v1/collie/enrolment-keys/:',
    'GET /v1/collie/credentials',
    'PUT /v1/collie/agents/:/credential',
    'DELETE /v1/collie/agents/:/credential',
  ),
];

const NEEDS: ReadonlyMap<string, Need> = new Map(ACCESS.map(({ route, need }) => [route, need]));

/** What a route asks for, by its method and its path as Fastify knows it; undefined for a route without a row. */
export function needOf(method: string, path: string): Need | undefined {
  const verb = method === 'HEAD' ? 'GET' : method;
  return NEEDS.get(`${verb} ${path.replaceAll(/:[^/]+/g, ':')}`);
}
