import { namesOf } from './names.ts';
import { isEmpty, pick, textOf, tracedMap, withEntry, withoutEntry } from '../traced.ts';
import type { Origin, Traced, TracedMap } from '../traced.ts';

const ADDED: Origin = { why: 'added by the operator: scrape targets come from the target allocator' };

/** Whether the resource asks for a target allocator. */
export function hasTargetAllocator(spec: Traced): boolean {
  return !isEmpty(pick(spec, 'targetAllocator', 'enabled'));
}

/**
 * The Service of the target allocator that collectors of a resource ask: that of a TargetAllocator named by the label
 * `opentelemetry.io/target-allocator`, else the resource's own, if it has one.
 */
export function allocatorService({
  name,
  namespace,
  allocatorLabel,
  spec,
}: AllocatorUser): string | undefined {
  if (allocatorLabel !== undefined) return namesOf(allocatorLabel, namespace).targetAllocator;
  return hasTargetAllocator(spec) ? namesOf(name, namespace).targetAllocator : undefined;
}

/** What says which target allocator a collector resource uses. */
export interface AllocatorUser {
  readonly name: string;
  readonly namespace: string;
  readonly spec: Traced;
  readonly allocatorLabel?: string;
}

/**
 * The config as collectors behind a target allocator get it: the receiver named `prometheus` loses its scrape configs and asks the
 * allocator's Service instead (operator `internal/manifests/targetallocator/adapters`). Other prometheus receivers stay as they are.
 */
export function withTargetAllocator(config: TracedMap, spec: Traced, service: string): TracedMap {
  const receivers = pick(config, 'receivers');
  const receiver = pick(receivers, 'prometheus');
  if (receivers?.kind !== 'map' || receiver?.kind !== 'map') return config;
  const scrape = pick(receiver, 'config');
  const without =
    scrape?.kind === 'map' ? withEntry(receiver, 'config', withoutEntry(scrape, 'scrape_configs')) : receiver;
  const known = pick(receiver, 'target_allocator');
  const base = known?.kind === 'map' ? known : tracedMap({}, ADDED);
  const isMutual = !isEmpty(pick(spec, 'targetAllocator', 'mtls', 'enabled'));
  const settings = tracedMap(
    {
      endpoint: isMutual ? `https://${service}:443` : `http://${service}:80`,
      interval: interval(pick(spec, 'targetAllocator', 'collectorTargetReloadInterval')),
      collector_id: '${POD_NAME}',
    },
    ADDED,
  );
  const allocator: TracedMap = { ...base, entries: new Map([...base.entries, ...settings.entries]) };
  const made = isMutual ? withEntry(allocator, 'tls', mutualTls(pick(allocator, 'tls'))) : allocator;
  return withEntry(
    config,
    'receivers',
    withEntry(receivers, 'prometheus', withEntry(without, 'target_allocator', made)),
  );
}

function mutualTls(known: Traced | undefined): TracedMap {
  const base = known?.kind === 'map' ? known : tracedMap({}, ADDED);
  const files = tracedMap(
    {
      ca_file: '/tls/ca.crt',
      cert_file: '/tls/tls.crt',
      key_file: '/tls/tls.key',
      reload_interval: '5m',
    },
    ADDED,
  );
  return { ...base, entries: new Map([...base.entries, ...files.entries]) };
}

const UNITS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };

/** A duration as Go prints it (`90s` is `1m30s`); 30s where the resource says nothing. Parts of seconds keep their text. */
function interval(value: Traced | undefined): string {
  const text = textOf(value) ?? '30s';
  if (!/^(?:\d+[hms])+$/.test(text)) return text;
  const seconds = [...text.matchAll(/(\d+)([hms])/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ''] ?? 0),
    0,
  );
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds % 60}s`;
}
