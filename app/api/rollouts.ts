import type { FastifyInstance, FastifyReply } from 'fastify';
import type { FromSchema } from 'json-schema-to-ts';
import type { JsonMap } from '../../src/core/document/node.ts';
import type { RolloutOptions } from '../../src/core/rollout/options.ts';
import { configurationAnswer, configurationsText, versionOf } from './configurations.ts';
import type { ApiDependencies } from './dependencies.ts';
import { described, JSON_TYPE, NAME_PARAMS } from './schemas/common.ts';
import { CONFIGURATION_ANSWER, CONFIGURATIONS_ANSWER } from './schemas/resources.ts';
import { RETRY_BODY, START_BODY } from './schemas/rollouts.ts';

const TAG = 'rollouts';

interface RolloutRequest {
  readonly Params: FromSchema<typeof NAME_PARAMS>;
}

interface StartRequest extends RolloutRequest {
  readonly Body: FromSchema<typeof START_BODY>;
}

interface RetryRequest extends RolloutRequest {
  readonly Body: FromSchema<typeof RETRY_BODY>;
}

/** Rollouts in BindPlane's shape: the Configuration with its `status.rollout`. Abort and rollback are beyond it. */
export function rolloutRoutes(app: FastifyInstance, dependencies: ApiDependencies): void {
  const { control, store, advance } = dependencies;
  const list = {
    ...described(TAG, 'All configurations, with their rollouts'),
    response: { 200: CONFIGURATIONS_ANSWER },
  };
  app.get('/v1/rollouts', { schema: list }, (_request, reply) =>
    configurationsText(store).then((text) => reply.type(JSON_TYPE).send(text)),
  );
  const all = { ...described(TAG, 'Looks at all rollouts now'), response: { 202: CONFIGURATIONS_ANSWER } };
  app.post('/v1/rollouts', { schema: all }, async (_request, reply) => {
    await advance();
    return reply
      .code(202)
      .type(JSON_TYPE)
      .send(await configurationsText(store));
  });
  const one = {
    ...described(TAG, 'One rollout'),
    params: NAME_PARAMS,
    response: { 200: CONFIGURATION_ANSWER },
  };
  app.get<RolloutRequest>('/v1/rollouts/:name', { schema: one }, (request) =>
    answerOf(dependencies, request.params.name),
  );
  const status = {
    ...described(TAG, "One rollout's status"),
    params: NAME_PARAMS,
    response: { 202: CONFIGURATION_ANSWER },
  };
  app.get<RolloutRequest>('/v1/rollouts/:name/status', { schema: status }, async (request, reply) =>
    reply.code(202).send(await answerOf(dependencies, request.params.name)),
  );
  const start = {
    ...described(TAG, 'Starts the rollout of the newest version'),
    params: NAME_PARAMS,
    body: START_BODY,
    response: { 202: CONFIGURATION_ANSWER },
  };
  app.post<StartRequest>('/v1/rollouts/:name/start', { schema: start }, async ({ params, body }, reply) => {
    await control.start(bare(params.name), optionsOf(body));
    return accepted(dependencies, reply, bare(params.name));
  });
  commandRoutes(app, dependencies);
  const retry = {
    ...described(TAG, 'Gives agents that failed another turn; begins anew what has ended'),
    params: NAME_PARAMS,
    body: RETRY_BODY,
    response: { 202: CONFIGURATION_ANSWER },
  };
  app.put<RetryRequest>('/v1/rollouts/:name/retry', { schema: retry }, async ({ params, body }, reply) => {
    await control.retry(bare(params.name), body?.agent);
    return accepted(dependencies, reply, bare(params.name));
  });
}

function commandRoutes(app: FastifyInstance, dependencies: ApiDependencies): void {
  const { control } = dependencies;
  const commands: readonly ['PUT' | 'POST', string, string, (name: string) => Promise<unknown>][] = [
    ['PUT', 'pause', 'Pauses a rollout', (name) => control.pause(name)],
    [
      'PUT',
      'resume',
      'Resumes a rollout; one that stopped with errors gets room for one more',
      (name) => control.resume(name),
    ],
    ['PUT', 'abort', 'Ends a rollout where it stands', (name) => control.abort(name)],
    ['PUT', 'rollback', 'Brings every touched agent back', (name) => control.rollback(name)],
    [
      'PUT',
      'promote',
      'Goes on in spite of a pause or the watch of a phase',
      (name) => control.promote(name),
    ],
    ['POST', 'update', 'Looks at a rollout now', (name) => versionOf(dependencies.store, name)],
  ];
  for (const [method, verb, summary, command] of commands) {
    const schema = {
      ...described(TAG, summary),
      params: NAME_PARAMS,
      response: { 202: CONFIGURATION_ANSWER },
    };
    app.route<RolloutRequest>({
      method,
      url: `/v1/rollouts/:name/${verb}`,
      schema,
      handler: async (request, reply) => {
        const name = bare(request.params.name);
        await command(name);
        return accepted(dependencies, reply, name);
      },
    });
  }
}

/** What is not given counts as zero, and zero means the default. */
function optionsOf({ options }: StartRequest['Body']): RolloutOptions | null {
  if (options === null || options === undefined) return null;
  const { phaseAgentCount, ...rest } = options;
  if (phaseAgentCount === undefined) return rest;
  const { initial = 0, multiplier = 0, maximum = 0 } = phaseAgentCount;
  return { ...rest, phaseAgentCount: { initial, multiplier, maximum } };
}

/** A name without a version: a rollout is always the newest one's. */
function bare(reference: string): string {
  return reference.split(':')[0] ?? reference;
}

async function answerOf({ store }: ApiDependencies, reference: string): Promise<JsonMap> {
  const stored = await versionOf(store, reference);
  return { configuration: await configurationAnswer(store, stored), raw: '' };
}

/** The answer to a command, after one look of the engine: a start shows its first phase. */
async function accepted(
  dependencies: ApiDependencies,
  reply: FastifyReply,
  name: string,
): Promise<FastifyReply> {
  await dependencies.advance();
  return reply.code(202).send(await answerOf(dependencies, name));
}
