import { sha256 } from '../document/digest.ts';
import { LIMITS } from '../document/limits.ts';
import { clientKind } from './client-kind.ts';
import type {
  AgentConfigMap,
  AgentToServer,
  AvailableComponents,
  ConnectionSettingsStatus,
  PackageStatuses,
  RemoteConfigStatus,
} from './gen/opamp_pb.ts';
import { PackageStatusEnum, RemoteConfigStatuses } from './gen/opamp_pb.ts';
import { readHealth } from './health.ts';
import type {
  AgentFact,
  AgentPackage,
  AgentRecord,
  ConfigState,
  ConfigStatus,
  ConnectionSettingsState,
} from './record.ts';
import { hexText } from './uid.ts';

/**
 * What a message reports, taken into the record: each field that is there replaces the last value whole, those left out keep it (spec
 * "Agent Status Compression"). What changed goes to `facts`.
 */
export function applyReports(
  record: AgentRecord,
  message: AgentToServer,
  now: number,
  facts: AgentFact[],
): AgentRecord {
  let next = applyHealth(record, message, facts);
  if (message.remoteConfigStatus !== undefined) {
    const config = readStatus(message.remoteConfigStatus, now);
    if (!sameStatus(next.config, config)) {
      facts.push({ kind: 'config-status' });
      next = { ...next, config };
    }
  }
  next = applyEffective(next, message.effectiveConfig?.configMap, facts);
  if (message.availableComponents !== undefined) {
    const components = readComponents(message.availableComponents);
    const known = components.componentsHash === next.componentsHash && next.components !== undefined;
    if (!known && components.components !== undefined) facts.push({ kind: 'components' });
    next = known ? next : withKind({ ...next, ...components, askedComponents: false });
  }
  return applySettled(next, message, facts);
}

function applyHealth(record: AgentRecord, message: AgentToServer, facts: AgentFact[]): AgentRecord {
  if (message.health === undefined) return record;
  const health = readHealth(message.health, record.client === 'bridge');
  if (health.digest !== record.health?.digest) facts.push({ kind: 'health' });
  return { ...record, health };
}

/** Fields that change seldom, if ever: packages, what became of connection settings, custom capabilities. */
function applySettled(record: AgentRecord, message: AgentToServer, facts: AgentFact[]): AgentRecord {
  let next = record;
  if (message.packageStatuses !== undefined) {
    const packages = readPackages(message.packageStatuses);
    if (!same(next.packages ?? [], packages)) {
      facts.push({ kind: 'packages' });
      next = { ...next, packages };
    }
  }
  if (message.connectionSettingsStatus !== undefined) {
    const connectionSettings = readSettingsStatus(message.connectionSettingsStatus);
    if (!same(next.connectionSettings, connectionSettings)) {
      facts.push({ kind: 'connection-settings' });
      next = { ...next, connectionSettings };
    }
  }
  if (message.customCapabilities !== undefined) {
    const customCapabilities = message.customCapabilities.capabilities
      .slice(0, LIMITS.opamp.customCapabilities)
      .map((name) => name.slice(0, LIMITS.opamp.attributeCharacters));
    if (!same(next.customCapabilities ?? [], customCapabilities)) {
      facts.push({ kind: 'custom-capabilities' });
      next = { ...next, customCapabilities };
    }
  }
  return next;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function readStatus(status: RemoteConfigStatus, now: number): ConfigStatus {
  return {
    hash: hexText(status.lastRemoteConfigHash.subarray(0, LIMITS.opamp.hashBytes)),
    state: stateOf(status.status),
    message: status.errorMessage.slice(0, LIMITS.opamp.errorMessageCharacters),
    at: now,
  };
}

/** Connection settings have the same four states under the same numbers. */
function stateOf(status: number): ConfigState {
  if (status === RemoteConfigStatuses.APPLIED) return 'applied';
  if (status === RemoteConfigStatuses.APPLYING) return 'applying';
  return status === RemoteConfigStatuses.FAILED ? 'failed' : 'unset';
}

function sameStatus(a: ConfigStatus | undefined, b: ConfigStatus): boolean {
  return a !== undefined && a.hash === b.hash && a.state === b.state && a.message === b.message;
}

function readSettingsStatus(status: ConnectionSettingsStatus): ConnectionSettingsState {
  return {
    hash: hexText(status.lastConnectionSettingsHash.subarray(0, LIMITS.opamp.hashBytes)),
    state: stateOf(status.status),
    message: status.errorMessage.slice(0, LIMITS.opamp.errorMessageCharacters),
  };
}

function applyEffective(
  record: AgentRecord,
  map: AgentConfigMap | undefined,
  facts: AgentFact[],
): AgentRecord {
  const isBridge = record.client === 'bridge';
  const text = isBridge ? resourcesText(map) : collectorText(map);
  if (text === undefined) return record;
  const hash = hashOf(text);
  if (hash === record.effectiveHash) return record;
  facts.push({ kind: 'effective-config', hash, text });
  if (isBridge) return { ...record, effectiveHash: hash, managed: managedKeys(map) };
  return withKind({ ...record, effectiveHash: hash }, text);
}

/** The text that was reported last: agents of one fleet report the same text one after another. */
let last = { text: '', hash: sha256('') };

function hashOf(text: string): string {
  if (text !== last.text) last = { text, hash: sha256(text) };
  return last.hash;
}

/** The record with its kind judged again by what it has shown now; an agent that was known as a collector stays one. */
function withKind(record: AgentRecord, effective = ''): AgentRecord {
  if (record.client !== 'other' || !record.described) return record;
  return { ...record, client: clientKind({ ...record, effective }) };
}

/**
 * The collector config among the entries: BindPlane's `collector.yaml`, else the spec's `""`, else the only one there is.
 * BindPlane's `manager.yaml` (it holds the secret key) and `logging.yaml` are never kept.
 */
function collectorText(map: AgentConfigMap | undefined): string | undefined {
  const entries = map?.configMap ?? {};
  const names = Object.keys(entries).filter((name) => name !== 'manager.yaml' && name !== 'logging.yaml');
  const object =
    entries['collector.yaml'] ?? entries[''] ?? (names.length === 1 ? entries[names[0] ?? ''] : undefined);
  return object === undefined ? undefined : bodyText(object.body);
}

/** A bridge's collector resources as one YAML stream, sorted by `namespace/name`, which stands in a comment above each. */
function resourcesText(map: AgentConfigMap | undefined): string | undefined {
  if (map === undefined) return undefined;
  const documents = Object.entries(map.configMap)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, LIMITS.opamp.configObjects)
    .map(([key, { body }]) => `# ${key}\n${bodyText(body)}`);
  return documents.join('\n---\n').slice(0, LIMITS.opamp.effectiveConfigBytes);
}

const MANAGED = /^\s+["']?opentelemetry\.io\/opamp-managed["']?:/m;

/** Resources that the bridge would delete when an offer leaves them out (reference/opamp.md §3.5). */
function managedKeys(map: AgentConfigMap | undefined): readonly string[] {
  return Object.entries(map?.configMap ?? {})
    .filter(([, { body }]) => MANAGED.test(bodyText(body)))
    .map(([key]) => key)
    .toSorted()
    .slice(0, LIMITS.opamp.configObjects);
}

function bodyText(body: Uint8Array): string {
  return new TextDecoder().decode(body.subarray(0, LIMITS.opamp.effectiveConfigBytes));
}

function readComponents(available: AvailableComponents): Pick<AgentRecord, 'componentsHash' | 'components'> {
  const componentsHash = hexText(available.hash.subarray(0, LIMITS.opamp.hashBytes));
  const classes = Object.entries(available.components);
  if (classes.length === 0) return { componentsHash };
  const components = classes.map(([name, details]): [string, string[]] => [
    name,
    Object.keys(details.subComponentMap).slice(0, LIMITS.opamp.componentsPerClass).toSorted(),
  ]);
  return { componentsHash, components: Object.fromEntries(components) };
}

const PACKAGE_STATES: Readonly<Record<number, AgentPackage['state']>> = {
  [PackageStatusEnum.INSTALLED]: 'installed',
  [PackageStatusEnum.INSTALL_PENDING]: 'pending',
  [PackageStatusEnum.INSTALLING]: 'installing',
  [PackageStatusEnum.INSTALL_FAILED]: 'failed',
  [PackageStatusEnum.DOWNLOADING]: 'downloading',
};

function readPackages({ packages }: PackageStatuses): readonly AgentPackage[] {
  return Object.entries(packages)
    .slice(0, LIMITS.opamp.packages)
    .map(([name, status]) => ({
      name: name.slice(0, LIMITS.opamp.attributeCharacters),
      version: status.agentHasVersion.slice(0, LIMITS.opamp.attributeCharacters),
      state: PACKAGE_STATES[status.status] ?? 'pending',
      message: status.errorMessage.slice(0, LIMITS.opamp.errorMessageCharacters),
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
