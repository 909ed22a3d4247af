import type { FastifyInstance, FastifyReply } from 'fastify';
import type { JsonMap } from '../../src/core/document/node.ts';
import type { Rollout } from '../../src/core/rollout/rollout.ts';
import type { RolloutOptions } from '../../src/ports/control-plane.ts';
import { configurationAnswer, configurationList, versionOf } from './configurations.ts';
import type { ApiDependencies } from './dependencies.ts';
import { notFound } from './problem.ts';

const NUMBER = { type: 'number', minimum: 0, maximum: 1_000_000 } as const;
const START_BODY = {
  type: 'object',
  properties: {
    options: {
      type: ['object', 'null'],
      properties: {
        startAutomatically: { type: 'boolean' },
        rollbackOnFailure: { type: 'boolean' },
        maxErrors: NUMBER,
        phaseAgentCount: {
          type: 'object',
          required: ['initial', 'multiplier', 'maximum'],
          properties: { initial: NUMBER, multiplier: NUMBER, maximum: NUMBER },
        },
      },
    },
  },
} as const;

interface RolloutRequest {
  readonly Params: { readonly name: string };
}

interface StartRequest extends RolloutRequest {
  readonly Body: { readonly options?: RolloutOptions | null };
}

/** Rollouts in BindPlane's shape: the Configuration with its `status.rollout`. Abort and rollback are beyond it. */
export function rolloutRoutes(app: FastifyInstance, dependencies: ApiDependencies): void {
  const { control } = dependencies;
  app.get('/v1/rollouts', async () => ({ configurations: await configurationList(dependencies) }));
  app.get<RolloutRequest>('/v1/rollouts/:name', (request) => answerOf(dependencies, request.params.name));
  app.get<RolloutRequest>('/v1/rollouts/:name/status', async (request, reply) =>
    reply.code(202).send(await answerOf(dependencies, request.params.name)),
  );
  app.post<StartRequest>(
    '/v1/rollouts/:name/start',
    { schema: { body: START_BODY } },
    async (request, reply) => {
      const rollout = await control.start(bare(request.params.name), request.body.options ?? null);
      return accepted(dependencies, reply, rollout);
    },
  );
  const commands: readonly [string, (configuration: string) => Promise<Rollout>][] = [
    ['pause', (name) => control.pause(name)],
    ['resume', (name) => control.resume(name)],
    ['abort', (name) => control.abort(name)],
    ['rollback', (name) => control.rollback(name)],
  ];
  for (const [verb, command] of commands) {
    app.put<RolloutRequest>(`/v1/rollouts/:name/${verb}`, async (request, reply) =>
      accepted(dependencies, reply, await command(bare(request.params.name))),
    );
  }
}

/** A name without a version: a rollout is always the newest one's. */
function bare(reference: string): string {
  return reference.split(':')[0] ?? reference;
}

async function answerOf(dependencies: ApiDependencies, reference: string): Promise<JsonMap> {
  const { store } = dependencies;
  const stored = await versionOf(store, reference);
  return { configuration: await configurationAnswer(store, stored), raw: '' };
}

async function accepted(
  dependencies: ApiDependencies,
  reply: FastifyReply,
  rollout: Rollout,
): Promise<FastifyReply> {
  const { store } = dependencies;
  const stored = await store.resources.get('Configuration', rollout.configuration, rollout.version);
  if (stored === undefined) throw notFound();
  const configuration = await configurationAnswer(store, stored);
  return reply.code(202).send({ configuration, raw: '' });
}
