import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { RequestHandler } from '../http.ts';

/** Who decides now, and where. */
export interface Leadership {
  readonly leads: boolean;
  readonly leader: string | undefined;
}

/** How the other process is reached. */
export interface Way {
  readonly timeoutMs: number;
  /** The name in its certificate, where that is another than the host of its address. */
  readonly serverName?: string;
}

/** Says that a request was handed on once: it is never handed on twice. */
const FORWARDED = 'x-collie-forwarded';

const READING = ['GET', 'HEAD', 'OPTIONS'];

/** Headers that are between two neighbours only (RFC 9110 §7.6.1). */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
];

/**
 * Hands requests that change something on to the process that decides, as they are: it checks who asks, and answers.
 * Everything is read from the process that was asked. While nobody decides the answer is 503 with Retry-After, and
 * nothing was changed.
 */
export function forwardWrites(leadership: Leadership, way: Way): RequestHandler {
  return async (request, response) => {
    const path = request.url ?? '';
    if (READING.includes(request.method ?? '') || !path.startsWith('/v1/') || leadership.leads) return false;
    const { leader } = leadership;
    if (leader === undefined || request.headers[FORWARDED] !== undefined) {
      request.resume();
      unavailable(response, 'no replica of this server decides at the moment; nothing was changed');
      return true;
    }
    await handOn(request, response, leader, way);
    return true;
  };
}

function handOn(
  request: IncomingMessage,
  response: ServerResponse,
  leader: string,
  { timeoutMs, serverName }: Way,
): Promise<void> {
  const { protocol, hostname, port } = new URL(leader);
  const secure = protocol === 'https:';
  return new Promise((resolve) => {
    const outgoing = (secure ? httpsRequest : httpRequest)({
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (secure ? 443 : 80) : Number(port),
      method: request.method,
      // Only ever a path of the leader, whatever the request line says.
      path: request.url,
      headers: { ...endToEnd(request.headers), [FORWARDED]: '1' },
      timeout: timeoutMs,
      ...(serverName === undefined ? {} : { servername: serverName }),
    });
    response.once('close', () => {
      outgoing.destroy();
      resolve();
    });
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer in time')));
    outgoing.once('error', () => {
      request.unpipe(outgoing);
      request.resume();
      if (response.headersSent) response.destroy();
      else unavailable(response, 'the replica of this server that decides did not answer; ask what it did');
    });
    outgoing.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
      answer.once('error', () => response.destroy());
      answer.pipe(response);
    });
    request.pipe(outgoing);
  });
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
}

function unavailable(response: ServerResponse, text: string): void {
  response.writeHead(503, { 'content-type': 'application/json; charset=utf-8', 'retry-after': '1' });
  response.end(JSON.stringify({ errors: [text] }));
}
