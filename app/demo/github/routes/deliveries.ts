import { notFound, ok, page, Refusal } from '../reply.ts';
import { type ApiRequest, type Route } from '../route.ts';
import type { DeliveryRecord } from '../state.ts';

function item(delivery: DeliveryRecord): Record<string, unknown> {
  const good = delivery.statusCode >= 200 && delivery.statusCode < 300;
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: delivery.deliveredAt,
    redelivery: delivery.redelivery,
    duration: 0,
    status: good
      ? 'OK'
      : delivery.statusCode === 0
        ? 'failed to connect to host'
        : `Invalid HTTP Response: ${delivery.statusCode}`,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  };
}

function deliveryOf(request: ApiRequest): DeliveryRecord {
  const found = request.github.state.deliveries.find(
    (delivery) => delivery.id === Number(request.params['delivery']),
  );
  if (found === undefined) throw notFound();
  return found;
}

function requireApp(request: ApiRequest): void {
  if (request.caller.kind !== 'app') throw new Refusal(401, 'A JSON web token could not be decoded');
}

/** Webhook deliveries of the app, newest first, and their redelivery. */
export const DELIVERY_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/app/hook/deliveries',
    handle: (request) => {
      requireApp(request);
      return page(request.url, request.github.state.deliveries.toReversed().map(item));
    },
  },
  {
    method: 'GET',
    path: '/app/hook/deliveries/:delivery',
    handle: (request) => {
      requireApp(request);
      const delivery = deliveryOf(request);
      const payload: unknown = JSON.parse(delivery.payload);
      return ok({
        ...item(delivery),
        url: '',
        request: {
          headers: { 'x-github-delivery': delivery.guid, 'x-github-event': delivery.event },
          payload,
        },
        response: { headers: null, payload: delivery.answer },
      });
    },
  },
  {
    method: 'POST',
    path: '/app/hook/deliveries/:delivery/attempts',
    handle: (request) => {
      requireApp(request);
      void request.github.redeliver(deliveryOf(request).id);
      return { status: 202, body: {} };
    },
  },
];
