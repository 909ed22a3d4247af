import type { FastifyInstance } from 'fastify';
import type { Json } from '../../src/core/document/node.ts';
import { agentStateRoutes } from './agent-state.ts';
import type { ApiDependencies } from './dependencies.ts';
import { policyRoutes } from './policies.ts';
import { EVENTS, ORIGINS, ROLLOUT_VIEWS } from './schemas/collie.ts';

const TEXT = { type: 'string', minLength: 1, maxLength: 300 } as const;
const ORIGINS_BODY = {
  type: 'object',
  required: ['repository', 'commit', 'digest', 'configurations'],
  properties: {
    repository: TEXT,
    pullRequest: { type: 'integer', minimum: 1 },
    commit: TEXT,
    digest: { type: 'string', maxLength: 300 },
    configurations: {
      type: 'object',
      maxProperties: 5000,
      additionalProperties: {
        type: 'object',
        required: ['renderHash', 'sourceMap'],
        properties: { renderHash: TEXT, sourceMap: {} },
      },
    },
  },
} as const;

interface OriginsRequest {
  readonly Body: {
    readonly repository: string;
    readonly pullRequest?: number;
    readonly commit: string;
    readonly digest: string;
    readonly configurations: Readonly<
      Record<string, { readonly renderHash: string; readonly sourceMap: Json }>
    >;
  };
}

/** What BindPlane has no word for: places that travel with an apply, and rollouts as people see them (DESIGN §4.3). */
export function collieRoutes(app: FastifyInstance, dependencies: ApiDependencies): void {
  const { store, clock, feed, reports } = dependencies;
  app.post<OriginsRequest>(
    '/v1/collie/origins',
    { schema: { ...ORIGINS, body: ORIGINS_BODY } },
    async (request, reply) => {
      const { configurations, ...origin } = request.body;
      const receivedAt = clock.now();
      await store.transaction(async (tables) => {
        for (const [configuration, { renderHash, sourceMap }] of Object.entries(configurations)) {
          await tables.origins.put({ ...origin, configuration, renderHash, sourceMap, receivedAt });
        }
      });
      const reported = await reports(origin.repository);
      return reply.code(202).send({ kept: Object.keys(configurations).length, reported });
    },
  );
  agentStateRoutes(app, dependencies);
  policyRoutes(app, dependencies);
  app.get('/v1/collie/rollouts', { schema: ROLLOUT_VIEWS }, async () => ({
    rollouts: await feed.rollouts(),
  }));
  app.get('/v1/collie/events', { schema: EVENTS }, (request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    reply.raw.write(': listening\n\n');
    const unsubscribe = feed.subscribe(() => reply.raw.write('event: rollouts\ndata: {}\n\n'));
    request.raw.on('close', unsubscribe);
  });
}
