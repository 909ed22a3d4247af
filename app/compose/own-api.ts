import type { FastifyInstance } from 'fastify';
import { controlPlaneOver } from '../../src/io/control-planes/bindplane.ts';
import { answerError, answerWords, parseJson, type HttpClient } from '../../src/io/http.ts';
import type { ControlPlane } from '../../src/ports/control-plane.ts';

/** What this server is called where it speaks of itself. */
const OWN = 'this server';

/**
 * This server as a control plane, asked with a key as any client asks it, without the network: the same checks, the same scopes, the same
 * entries in the audit log.
 */
export function ownControlPlane(api: Pick<FastifyInstance, 'inject'>, key: string): ControlPlane {
  const about = { name: OWN, secrets: [key] };
  const http: HttpClient = {
    words: (response) => answerWords(response, about.secrets),
    async request(method, path, body) {
      const answer = await api.inject({
        method,
        url: `/v1${path}`,
        headers: {
          'x-bindplane-api-key': key,
          'user-agent': 'collie',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      });
      const text = answer.payload;
      const contentType = answer.headers['content-type'] ?? '';
      const response = { status: answer.statusCode, contentType, text, json: parseJson(text) };
      const wrong = answerError(about, path, response);
      if (wrong !== undefined) throw wrong;
      return response;
    },
  };
  return controlPlaneOver(http, OWN);
}
