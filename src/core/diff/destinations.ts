import { componentType } from '../collector/component-id.ts';
import { compareText } from '../document/finding.ts';
import { isList, isMap } from '../document/node.ts';
import type { Json } from '../document/node.ts';

/** Keys of exporters that say where data goes. Everything else (queues, retries, credentials) says how. */
const ADDRESS_KEYS: ReadonlySet<string> = new Set([
  'brokers',
  'bucket',
  'dataset',
  'endpoint',
  'endpoints',
  'host',
  'hostname',
  'hostnames',
  'index',
  'log_group_name',
  'logs_endpoint',
  'logs_index',
  'metrics_endpoint',
  'path',
  'port',
  'project',
  's3_bucket',
  'service',
  'site',
  'topic',
  'traces_endpoint',
  'traces_index',
  'url',
]);

/** Blocks whose keys have the same names and say something else. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'auth',
  'headers',
  'retry_on_failure',
  'sending_queue',
  'service_account',
  'tls',
]);

/** Exporters that keep data from nobody and give it to nobody. */
const NOWHERE: ReadonlySet<string> = new Set(['debug', 'logging', 'nop']);

/** Whether what goes to this exporter goes anywhere. */
export function isDestination(exporter: string): boolean {
  return !NOWHERE.has(componentType(exporter));
}

/**
 * Where an exporter sends to, as its body says it: endpoints, and for those that have none the place by its keys (`topic=logs`). Sorted,
 * with load balancing resolvers' hosts. Empty where nothing is recognised.
 */
export function addressesOf(body: Json): readonly string[] {
  return [...new Set(addressesIn(body, ''))].sort(compareText);
}

/** Keys that lead to the first address in an exporter's body; none where it has no address. */
export function addressPath(body: Json): readonly string[] {
  if (!isMap(body)) return [];
  for (const [key, value] of Object.entries(body)) {
    if (ELSEWHERE.has(key)) continue;
    const below = addressPath(value);
    if (below.length > 0) return [key, ...below];
    if (ADDRESS_KEYS.has(key) && !isMap(value)) return [key];
  }
  return [];
}

/** A URL without the name and the password in it, which say who sends and not where to. */
export function withoutCredentials(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]{0,20}:\/\/)[^/@\s]{1,1000}@/i, '$1');
}

function addressesIn(value: Json, key: string): readonly string[] {
  if (isMap(value)) {
    return Object.entries(value).flatMap(([name, child]) =>
      ELSEWHERE.has(name) ? [] : addressesIn(child, name),
    );
  }
  if (isList(value)) return value.flatMap((item) => addressesIn(item, key));
  if (!ADDRESS_KEYS.has(key) || value === null || value === '') return [];
  const text = withoutCredentials(String(value));
  return [/^(?:endpoints?|hostnames?|brokers|url)$/.test(key) ? text : `${key}=${text}`];
}
