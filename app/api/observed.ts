import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Activity, Telemetry } from '../telemetry/telemetry.ts';
import { NO_TELEMETRY } from '../telemetry/telemetry.ts';

/**
 * A span for each request, named by its route: paths, queries and headers hold names and keys of people. Attributes are those of OpenTelemetry's
 * conventions for HTTP servers.
 */
export function observeRequests(app: FastifyInstance, telemetry: Telemetry): void {
  if (telemetry === NO_TELEMETRY) return;
  const open = new WeakMap<FastifyRequest, Activity>();
  app.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const attributes = { 'http.request.method': request.method, 'http.route': route };
    open.set(request, telemetry.begin(`${request.method} ${route}`, attributes));
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const status = reply.statusCode;
    const attributes = { 'http.response.status_code': status };
    open.get(request)?.end(attributes, status >= 500 ? String(status) : undefined);
    const route = request.routeOptions.url ?? 'unknown';
    telemetry.took('http.server.request.duration', reply.elapsedTime / 1000, {
      'http.request.method': request.method,
      'http.route': route,
      'http.response.status_code': status,
    });
    done();
  });
}
