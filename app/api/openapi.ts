import swagger from '@fastify/swagger';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { ABSENT } from './not-here.ts';
import { described, ERRORS } from './schemas/common.ts';

/** Answers that any route may give instead of its own. */
const REFUSALS = {
  '4xx': { ...ERRORS, description: 'The request cannot be carried out; nothing was changed.' },
  '5xx': { ...ERRORS, description: 'The server failed.' },
} as const;

/**
 * Describes the API by the schemas that its routes are checked with, at `/openapi.json`. Must stand before the routes. Their
 * schemas say what answers look like; they are written as they are, so that what a schema forgets is not lost.
 */
export function describeApi(app: FastifyInstance, version: string): void {
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  app.addHook('onRoute', (route: RouteOptions) => {
    const { schema } = route;
    if (schema === undefined) return;
    const { response } = schema;
    const own = typeof response === 'object' && response !== null ? response : {};
    route.schema = { ...schema, response: { ...REFUSALS, ...own } };
  });
  const absent = ABSENT.map(({ paths, why }) => `- ${paths.map((path) => `/v1/${path}`).join(', ')}: ${why}`);
  void app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Collie',
        version,
        description: `BindPlane's REST API, as far as one project needs it.\n\nAnswered with 501:\n\n${absent.join('\n')}`,
      },
      components: {
        securitySchemes: {
          key: { type: 'apiKey', in: 'header', name: 'X-Bindplane-Api-Key' },
          token: { type: 'http', scheme: 'bearer' },
          password: { type: 'http', scheme: 'basic' },
        },
      },
      security: [{ key: [] }, { token: [] }, { password: [] }],
    },
  });
}

/** `GET /openapi.json`, which needs no credentials: it holds nothing but shapes. */
export function openApiRoute(app: FastifyInstance): void {
  const schema = { ...described('api', 'This description'), response: { 200: { type: 'object' } } };
  app.get('/openapi.json', { schema }, () => app.swagger());
}
