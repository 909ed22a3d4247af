import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { RequestHandler } from '../http.ts';
import type { Trust } from './same-certificate.ts';

/** Who decides now, and where. */
export interface Leadership {
  readonly leads: boolean;
  readonly leader: string | undefined;
}

/** Who holds an agent's socket: this process, or the one at an address; undefined when nobody is known to. */
export type HolderOf = (uid: string) => 'here' | { readonly at: string } | undefined;

/** How the other process is reached. */
export interface Way {
  readonly timeoutMs: number;
  /** The name in its certificate, where that is another than the host of its address. */
  readonly serverName?: string;
  /** Who is believed to be that process, over TLS; absent: who any server's certificate is for. */
  readonly trust?: () => Trust;
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

/** What is done over the socket of one agent, and so where that socket is. */
const OVER_SOCKET = /^\/v1\/(?:agents\/([^/?]+)\/restart|collie\/agents\/([^/?]+)\/credential)(?:\?|$)/;

/**
 * Hands requests that change something on to the process that decides (those that an agent is told over its socket: to
 * the one that holds it), as they are: it checks who asks, and answers. Everything is read from the process that was asked.
 * While nobody decides the answer is 503 with Retry-After, and nothing was changed.
 */
export function forwardWrites(leadership: Leadership, holderOf: HolderOf, way: Way): RequestHandler {
  return async (request, response) => {
    const path = request.url ?? '';
    if (READING.includes(request.method ?? '') || !path.startsWith('/v1/')) return false;
    const place = placeFor(path, leadership, holderOf);
    if (place === 'here') return false;
    if (place === undefined || request.headers[FORWARDED] !== undefined) {
      request.resume();
      unavailable(response, 'no replica of this server decides at the moment; nothing was changed');
      return true;
    }
    await handOn(request, response, place.at, way);
    return true;
  };
}

function placeFor(path: string, { leads, leader }: Leadership, holderOf: HolderOf): ReturnType<HolderOf> {
  const match = OVER_SOCKET.exec(path);
  const uid = match?.[1] ?? match?.[2];
  const holder = uid === undefined ? undefined : holderOf(uid);
  if (holder !== undefined) return holder;
  if (leads) return 'here';
  return leader === undefined ? undefined : { at: leader };
}

const NO_ANSWER = 'another replica of this server, which was to do it, did not answer';

/** Where it came from, for a process that believes this one (`COLLIE_TRUSTED_PROXIES`): failures are counted by that, and the audit log tells it. */
function cameFrom({ headers, socket }: IncomingMessage): IncomingHttpHeaders {
  const before = [headers['x-forwarded-for'] ?? []].flat();
  return { 'x-forwarded-for': [...before, socket.remoteAddress ?? ''].join(', ') };
}

function handOn(
  request: IncomingMessage,
  response: ServerResponse,
  to: string,
  { timeoutMs, serverName, trust }: Way,
): Promise<void> {
  const { protocol, hostname, port } = new URL(to);
  const secure = protocol === 'https:';
  return new Promise((resolve) => {
    const outgoing = (secure ? httpsRequest : httpRequest)({
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (secure ? 443 : 80) : Number(port),
      method: request.method,
      // Only ever a path of that process, whatever the request line says.
      path: request.url,
      headers: { ...endToEnd(request.headers), ...cameFrom(request), [FORWARDED]: '1' },
      timeout: timeoutMs,
      ...(serverName === undefined ? {} : { servername: serverName }),
      ...(secure ? trust?.() : {}),
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
      else unavailable(response, `${NO_ANSWER}; ask what it did`);
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
