import type { Store } from '../store/store.ts';
import type { Leadership } from './forward.ts';

/**
 * The store as the workers see it that tell GitHub and take up its webhooks: there is work for them only where it is
 * decided, so that no two processes do the same. Webhooks are accepted everywhere.
 */
export function whileLeading(store: Store, leadership: Pick<Leadership, 'leads'>): Store {
  const { deliveries, outbox } = store;
  return {
    ...store,
    deliveries: {
      ...deliveries,
      next: async () => (leadership.leads ? deliveries.next() : undefined),
    },
    outbox: {
      ...outbox,
      pending: async () => (leadership.leads ? outbox.pending() : []),
      put: async (key, payload) => {
        if (leadership.leads) await outbox.put(key, payload);
      },
    },
  };
}
