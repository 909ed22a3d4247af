import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { OperationError } from '../src/ports/operation-error.ts';
import type { Address } from './config.ts';
import type { AppLimits } from './limits.ts';
import type { TlsOptions } from './tls.ts';

/** Answers a request and says true, or says false and leaves it to the next one. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/** Takes an upgrade over and says true, or says false. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

/**
 * One HTTP listener: each of `handlers` is asked in turn, then `last` answers. Slow headers, slow bodies and silent
 * connections are cut off (SEC-69). `failed` hears of handlers that threw; their request is answered with 500.
 */
export function httpServer(
  limits: AppLimits,
  handlers: readonly RequestHandler[],
  last: RequestListener,
  upgrade: UpgradeHandler,
  failed: (error: unknown) => void,
  tls?: TlsOptions,
): Server {
  const settings = {
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: Math.min(5000, limits.headersTimeoutMs),
    maxHeaderSize: limits.headerBytes,
    // Above the poll interval of clients behind a balancer (reference/opamp.md §2.9).
    keepAliveTimeout: 75_000,
  };
  const respond: RequestListener = (request, response) => {
    answer(handlers, last, request, response).catch((error: unknown) => {
      failed(error);
      if (!response.headersSent) {
        response.writeHead(500, { 'content-type': 'application/json; charset=utf-8' });
      }
      response.end(JSON.stringify({ errors: ['internal error; the log of the server has the details'] }));
    });
  };
  const server =
    tls === undefined
      ? createServer(settings, respond)
      : createSecureServer({ ...settings, ...tls, handshakeTimeout: limits.headersTimeoutMs }, respond);
  server.on('upgrade', (request, socket, head) => {
    if (!upgrade(request, socket, head)) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    }
  });
  return server;
}

async function answer(
  handlers: readonly RequestHandler[],
  last: RequestListener,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  for (const handler of handlers) if (await handler(request, response)) return;
  last(request, response);
}

/** Answers every request of the OpAMP listener that is for another path. */
export const onlyOpamp: RequestListener = (_request, response) => {
  response.writeHead(404, { 'content-type': 'application/json; charset=utf-8' });
  response.end(
    JSON.stringify({
      errors: ["this listener speaks OpAMP at /v1/opamp, and takes collectors' own metrics at /v1/metrics"],
    }),
  );
};

/** Starts to listen; resolves with the address in use (a port of 0 gets a free one). */
export function listen(server: Server, { host, port }: Address, name: string): Promise<Address> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE';
      reject(
        new OperationError({
          code: 'cannot-listen',
          message: `${name}: ${taken ? `${host}:${port} is in use by another program` : cause.message}`,
          hint: `Set ${name} to another address`,
          cause,
        }),
      );
    });
    server.listen(port, host, () => {
      const bound = server.address();
      resolve({ host, port: bound !== null && typeof bound === 'object' ? bound.port : port });
    });
  });
}

/** Stops listening and ends what is idle; resolves when every connection is gone. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
