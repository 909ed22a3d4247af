import type { FastifyInstance } from 'fastify';
import { controlPlaneOver } from '../../src/io/control-planes/bindplane.ts';
import { answerError, answerWords, parseJson, type HttpClient } from '../../src/io/http.ts';
import { OperationError } from '../../src/ports/operation-error.ts';
import type { ControlPlane } from '../../src/ports/control-plane.ts';

/** What this server is called where it speaks of itself. */
const OWN = 'this server';

/**
 * This server as a control plane, asked with a key as any client asks it, without the network: the same checks, the same scopes, the same
 * entries in the audit log. Rejects with `not-leading` where another process decides meanwhile, so that whoever stood still changes nothing late.
 */
export function ownControlPlane(
  api: Pick<FastifyInstance, 'inject'>,
  key: string,
  stillLeads: () => boolean,
): ControlPlane {
  const about = { name: OWN, secrets: [key] };
  const http: HttpClient = {
    words: (response) => answerWords(response, about.secrets),
    async request(method, path, body) {
      if (!stillLeads()) throw notLeading();
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

function notLeading(): OperationError {
  return new OperationError({
    code: 'not-leading',
    message: 'Another replica of this server decides now',
    hint: '',
    retryable: true,
  });
}
