import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import Fastify from 'fastify';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { OperationError } from '../../src/ports/operation-error.ts';
import { agentKeyRoutes } from './agent-keys.ts';
import { agentRoutes } from './agents.ts';
import { agentVersionRoutes } from './agent-versions.ts';
import { applyRoutes } from './apply.ts';
import { auditRoutes } from './audit.ts';
import { Authentication } from './authentication.ts';
import { collieRoutes } from './collie.ts';
import { configurationRoutes } from './configurations.ts';
import type { ApiDependencies } from './dependencies.ts';
import { guard, writeDown } from './gate.ts';
import { handoverRoutes } from './handovers.ts';
import { githubTokenRoutes } from './github-tokens.ts';
import { readBodies } from './bodies.ts';
import { absence } from './not-here.ts';
import { describeApi, openApiRoute } from './openapi.ts';
import { observeRequests } from './observed.ts';
import { Problem } from './problem.ts';
import { redactWords } from './redact-words.ts';
import { resourceRoutes } from './resources.ts';
import { rolloutLogRoutes } from './rollout-log.ts';
import { rolloutRoutes } from './rollouts.ts';
import { described, EMPTY, VERSION_ANSWER } from './schemas/common.ts';
import { tokenRoutes } from './tokens.ts';

/** Makes the HTTP server that Fastify answers on; the app puts webhooks and pages in front of it there. */
export type ServerFactory = NonNullable<FastifyServerOptions['serverFactory']>;

/**
 * The REST API under `/v1`, in BindPlane's paths, shapes and statuses, so that its CLI and Action work unchanged. Every
 * answer is JSON; errors are `{"errors": […]}`. Nothing under `/v1` is served without credentials; `/health` is.
 */
export function createApi(dependencies: ApiDependencies, serverFactory: ServerFactory): FastifyInstance {
  const { limits, credentials, clock } = dependencies;
  const app = Fastify({
    serverFactory,
    trustProxy: dependencies.trustedProxies.length > 0 ? [...dependencies.trustedProxies] : false,
    bodyLimit: limits.restBodyBytes,
    // BindPlane's router sends `/v1/sources/` on to `/v1/sources`.
    routerOptions: { maxParamLength: 300, ignoreTrailingSlash: true },
    forceCloseConnections: true,
    // Answers are written by hand below; Fastify's own logger would write request lines with query strings.
    logger: false,
  });
  const ajv = new Ajv2020({
    coerceTypes: false,
    removeAdditional: false,
    allowUnionTypes: true,
    allErrors: false,
  });
  app.setValidatorCompiler(({ schema }) => ajv.compile(schema as object));
  answerErrors(app, dependencies.failed);
  const authentication = new Authentication(credentials, dependencies.store, limits, clock);
  observeRequests(app, dependencies.telemetry);
  guard(app, authentication, dependencies);
  writeDown(app, dependencies);
  redactWords(app, dependencies);
  readBodies(app, limits.restBodyBytes);
  describeApi(app, dependencies.version.tag);
  // Routes are added when the plug-in that describes them is there.
  app.after(() => {
    addRoutes(app, dependencies);
    githubTokenRoutes(app, dependencies, authentication);
  });
  return app;
}

function addRoutes(app: FastifyInstance, dependencies: ApiDependencies): void {
  const health = { ...described('api', 'Whether the server answers'), response: { 200: EMPTY } };
  app.get('/health', { schema: health }, (_request, reply) => reply.code(200).send());
  const version = { ...described('api', "The server's version"), response: { 200: VERSION_ANSWER } };
  app.get('/v1/version', { schema: version }, () => dependencies.version);
  openApiRoute(app);
  for (const routes of [
    resourceRoutes,
    configurationRoutes,
    applyRoutes,
    agentRoutes,
    agentVersionRoutes,
    rolloutRoutes,
    rolloutLogRoutes,
    collieRoutes,
    handoverRoutes,
    tokenRoutes,
    auditRoutes,
    agentKeyRoutes,
  ]) {
    routes(app, dependencies);
  }
}

function answerErrors(app: FastifyInstance, failed: ApiDependencies['failed']): void {
  app.setNotFoundHandler((request, reply) => {
    const allowed = request.method === 'OPTIONS' ? methodsOf(app, request.url) : [];
    if (allowed.length > 0) return reply.code(204).header('allow', allowed.join(', ')).send();
    const absent = absence(request.url);
    const text = absent ?? `no such path: ${request.method} ${request.url.split('?')[0] ?? ''}`;
    return reply.code(absent === undefined ? 404 : 501).send({ errors: [text] });
  });
  app.setErrorHandler((error: unknown, _request, reply) => {
    const { status, text, body } = answerFor(error);
    if (status >= 500) failed(error);
    void reply.code(status).send({ errors: [text], ...body });
  });
}

/** The methods that a path is served for. */
function methodsOf(app: FastifyInstance, url: string): readonly string[] {
  const path = (url.split('?')[0] ?? '').replace(/\/$/, '');
  const methods = app.access.flatMap(({ route }) => {
    const [method = '', pattern = ''] = route.split(' ');
    return new RegExp(`^${pattern.replaceAll(/:\w+/g, '[^/]+')}$`).test(path) ? [method] : [];
  });
  const all = methods.includes('GET') ? [...methods, 'HEAD', 'OPTIONS'] : [...methods, 'OPTIONS'];
  return methods.length === 0 ? [] : [...new Set(all)].sort();
}

const STATUS_BY_CODE: Readonly<Record<string, number>> = { 'not-found': 404, conflict: 409 };

function answerFor(error: unknown): {
  status: number;
  text: string;
  body: Readonly<Record<string, unknown>>;
} {
  if (error instanceof Problem) return { status: error.status, text: error.message, body: error.body };
  if (error instanceof OperationError) {
    return { status: STATUS_BY_CODE[error.code] ?? 503, text: error.message, body: {} };
  }
  const status = statusOf(error);
  // Only Fastify's own refusals (bad JSON, wrong shape, too large) may speak; anything else would show inner workings.
  if (status < 500 && error instanceof Error) return { status, text: error.message, body: {} };
  return { status: 500, text: 'internal error; the log of the server has the details', body: {} };
}

function statusOf(error: unknown): number {
  const status =
    typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : 500;
}
