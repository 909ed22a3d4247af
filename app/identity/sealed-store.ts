import type { Json, JsonMap } from '../../src/core/document/node.ts';
import type { AgentHealth, AgentRecord } from '../../src/core/opamp/record.ts';
import type { RolloutEvent } from '../../src/core/rollout/events.ts';
import type { Member, Rollout } from '../../src/core/rollout/rollout.ts';
import type { Store, StoredConfig, StoredResource, StoreTables } from '../store/store.ts';
import type { Cipher } from './cipher.ts';
import { OpenedDocuments } from './opened-documents.ts';

/** Stands for a `raw` that is the text itself, as it is for every config without a secret: half of what is to be sealed. */
const SAME = 'sealed:same';

/** The one key of a document that is sealed as a whole. */
const SEALED_DOCUMENT = 'sealed';

/**
 * The store as it was, but everything that may hold a secret lies in it sealed: documents of resources, rendered and reported configs, places,
 * and the words of agents, which quote what they refuse (SEC-88). Names, labels, hashes, states and times stay readable for queries.
 */
export function sealedStore(store: Store, cipher: Cipher): Store {
  const opened = new OpenedDocuments();
  return {
    ...store,
    ...sealedTables(store, cipher, opened),
    transaction: (work) => store.transaction((tables) => work(sealedTables(tables, cipher, opened))),
    record: (work) => store.record((tables) => work(sealedTables(tables, cipher, opened))),
  };
}

function sealedTables(tables: StoreTables, cipher: Cipher, opened: OpenedDocuments): StoreTables {
  return {
    ...tables,
    resources: resources(tables.resources, cipher, opened),
    configs: configs(tables.configs, cipher),
    agents: agents(tables.agents, cipher),
    refusals: refusals(tables.refusals, cipher),
    rollouts: rollouts(tables.rollouts, cipher),
    origins: origins(tables.origins, cipher),
  };
}

function resources(
  table: StoreTables['resources'],
  cipher: Cipher,
  known: OpenedDocuments,
): StoreTables['resources'] {
  const place = ({ kind, name }: Pick<StoredResource, 'kind' | 'name'>): string => `resource ${kind}/${name}`;
  const opened = (resource: StoredResource): StoredResource => ({
    ...resource,
    document: openDocument(resource, place(resource), cipher, known),
  });
  return {
    ...table,
    list: async (kind) => (await table.list(kind)).map(opened),
    get: async (kind, name, version) => {
      const found = await table.get(kind, name, version);
      return found === undefined ? undefined : opened(found);
    },
    versions: async (kind) => (await table.versions(kind)).map(opened),
    history: async (kind, name) => (await table.history(kind, name)).map(opened),
    put: (resource) => {
      const text = JSON.stringify(resource.document);
      const sealed = cipher.seal(text, place(resource));
      known.keep(versionOf(resource), sealed, resource.document);
      return table.put({ ...resource, document: { [SEALED_DOCUMENT]: sealed } });
    },
  };
}

/** A sealed text is opened once while it stays: documents are never changed, and a reader gets the same one again. */
function openDocument(
  resource: StoredResource,
  place: string,
  cipher: Cipher,
  known: OpenedDocuments,
): JsonMap {
  const sealed = resource.document[SEALED_DOCUMENT];
  if (typeof sealed !== 'string') return resource.document;
  return known.open(versionOf(resource), sealed, () => {
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- sealed by `put` from a JsonMap, and not changed since
    return JSON.parse(cipher.open(sealed, place)) as JsonMap;
  });
}

function versionOf({ kind, name, version }: StoredResource): string {
  return `${kind}/${name}:${version}`;
}

function configs(table: StoreTables['configs'], cipher: Cipher): StoreTables['configs'] {
  const opened = (config: StoredConfig | undefined): StoredConfig | undefined => {
    if (config === undefined) return undefined;
    const text = cipher.open(config.text, `config ${config.hash}`);
    return {
      ...config,
      text,
      raw: config.raw === SAME ? text : cipher.open(config.raw, `raw ${config.hash}`),
    };
  };
  return {
    ...table,
    put: (config) =>
      table.put({
        ...config,
        text: cipher.seal(config.text, `config ${config.hash}`),
        raw: config.raw === config.text ? SAME : cipher.seal(config.raw, `raw ${config.hash}`),
      }),
    byHash: async (hash) => opened(await table.byHash(hash)),
    byVersion: async (configuration, version) => opened(await table.byVersion(configuration, version)),
    putEffective: (hash, text) => table.putEffective(hash, cipher.seal(text, `effective ${hash}`)),
    effective: async (hash) => {
      const text = await table.effective(hash);
      return text === undefined ? undefined : cipher.open(text, `effective ${hash}`);
    },
  };
}

/** Changes a text that may quote a secret; an empty one says nothing and stays. */
type Turn = (text: string, place: string) => string;

function turns(cipher: Cipher): { readonly seal: Turn; readonly open: Turn } {
  return {
    seal: (text, place) => (text === '' ? '' : cipher.seal(text, place)),
    open: (text, place) => (text === '' ? '' : cipher.open(text, place)),
  };
}

function agents(table: StoreTables['agents'], cipher: Cipher): StoreTables['agents'] {
  const { seal, open } = turns(cipher);
  const opened = <T extends { readonly record: AgentRecord }>(agent: T): T => ({
    ...agent,
    record: recordWith(agent.record, open),
  });
  return {
    ...table,
    list: async () => (await table.list()).map(opened),
    get: async (uid) => {
      const found = await table.get(uid);
      return found === undefined ? undefined : opened(found);
    },
    put: (agent) => table.put({ ...agent, record: recordWith(agent.record, seal) }),
    putRecords: (records, owner) =>
      table.putRecords(
        records.map((item) => ({ ...item, record: recordWith(item.record, seal) })),
        owner,
      ),
    changedSince: async (revision, owner) => {
      const changes = await table.changedSince(revision, owner);
      const found = changes.agents.map(({ record, ...rest }) =>
        record === undefined ? rest : { ...rest, record: recordWith(record, open) },
      );
      return { ...changes, agents: found };
    },
  };
}

/** Every place of a record where an agent's own words stand. */
function recordWith(record: AgentRecord, turn: Turn): AgentRecord {
  const { config, health, connectionSettings, packages } = record;
  const isSilent =
    (config?.message ?? '') === '' &&
    (health?.lastError ?? '') === '' &&
    health?.pools === undefined &&
    (connectionSettings?.message ?? '') === '' &&
    packages === undefined;
  if (isSilent) return record;
  const words = (text: string): string => turn(text, `agent ${record.uid}`);
  const spoken = <T extends { readonly message: string }>(of: T): T => ({
    ...of,
    message: words(of.message),
  });
  return {
    ...record,
    ...(config === undefined ? {} : { config: spoken(config) }),
    ...(health === undefined ? {} : { health: healthWith(health, words) }),
    ...(connectionSettings === undefined ? {} : { connectionSettings: spoken(connectionSettings) }),
    ...(packages === undefined ? {} : { packages: packages.map(spoken) }),
  };
}

function healthWith(health: AgentHealth, words: (text: string) => string): AgentHealth {
  const pools = Object.entries(health.pools ?? {}).map(([name, pool]) => [
    name,
    { ...pool, lastError: words(pool.lastError) },
  ]);
  return {
    ...health,
    lastError: words(health.lastError),
    ...(health.pools === undefined ? {} : { pools: Object.fromEntries(pools) }),
  };
}

function refusals(table: StoreTables['refusals'], cipher: Cipher): StoreTables['refusals'] {
  const { seal, open } = turns(cipher);
  return {
    ...table,
    add: (refusal) => table.add({ ...refusal, message: seal(refusal.message, `refusal ${refusal.agent}`) }),
    all: async () =>
      (await table.all()).map((refusal) => ({
        ...refusal,
        message: open(refusal.message, `refusal ${refusal.agent}`),
      })),
  };
}

function rollouts(table: StoreTables['rollouts'], cipher: Cipher): StoreTables['rollouts'] {
  const { seal, open } = turns(cipher);
  const opened = (rollout: Rollout): Rollout => rolloutWith(rollout, open);
  return {
    ...table,
    put: (rollout, events) => {
      const sealed = events.map((event) => eventWith(event, rollout.id, seal));
      return table.put(rolloutWith(rollout, seal), sealed);
    },
    events: async (id) => (await table.events(id)).map((event) => eventWith(event, id, open)),
    get: async (id) => {
      const found = await table.get(id);
      return found === undefined ? undefined : opened(found);
    },
    latest: async (configuration, version) => {
      const found = await table.latest(configuration, version);
      return found === undefined ? undefined : opened(found);
    },
    open: async () => (await table.open()).map(opened),
  };
}

function rolloutWith(rollout: Rollout, turn: Turn): Rollout {
  const { id, members, timeline, ...head } = rollout;
  return {
    id,
    ...headWith(head, id, turn),
    members: members.map((member) => memberWith(member, id, turn)),
    timeline: timeline.map((entry) => ({ ...entry, text: turn(entry.text, `rollout ${id}`) })),
  };
}

/** Every place of a rollout itself where words stand. */
function headWith<T extends Partial<Rollout>>(head: T, id: string, turn: Turn): T {
  const { reason, held, pause, gates, checks } = head;
  const words = (text: string): string => turn(text, `rollout ${id}`);
  const proven = <E extends { readonly evidence: string }>(of: E): E => ({
    ...of,
    evidence: words(of.evidence),
  });
  return {
    ...head,
    ...(reason === undefined ? {} : { reason: words(reason) }),
    ...(held === undefined ? {} : { held: words(held) }),
    ...(pause === undefined ? {} : { pause: { ...pause, text: words(pause.text) } }),
    ...(gates === undefined ? {} : { gates: gates.map(proven) }),
    ...(checks === undefined ? {} : { checks: checks.map(proven) }),
  };
}

function eventWith(event: RolloutEvent, id: string, turn: Turn): RolloutEvent {
  if ('rollout' in event) return { ...event, rollout: rolloutWith(event.rollout, turn) };
  if ('text' in event) return { ...event, text: turn(event.text, `rollout ${id}`) };
  if ('agent' in event) return { ...event, set: memberWith(event.set, id, turn) };
  return { ...event, set: headWith(event.set, id, turn) };
}

function memberWith<T extends Partial<Member>>(member: T, id: string, turn: Turn): T {
  const { fault, restoreMessage, falls } = member;
  if (fault === undefined && restoreMessage === undefined && falls === undefined) return member;
  const words = (text: string): string => turn(text, `rollout ${id}`);
  const spoken = <S extends { readonly message: string }>(of: S): S => ({
    ...of,
    message: words(of.message),
  });
  return {
    ...member,
    ...(fault === undefined ? {} : { fault: spoken(fault) }),
    ...(restoreMessage === undefined ? {} : { restoreMessage: words(restoreMessage) }),
    ...(falls === undefined ? {} : { falls: falls.map(spoken) }),
  };
}

function origins(table: StoreTables['origins'], cipher: Cipher): StoreTables['origins'] {
  const place = (configuration: string): string => `origin ${configuration}`;
  return {
    ...table,
    put: (origin) => {
      const text = JSON.stringify(origin.sourceMap);
      return table.put({ ...origin, sourceMap: cipher.seal(text, place(origin.configuration)) });
    },
    of: async (configuration) =>
      (await table.of(configuration)).map((origin) => {
        const { sourceMap } = origin;
        if (typeof sourceMap !== 'string') return origin;
        // eslint-disable-next-line typescript/no-unsafe-type-assertion -- sealed by `put` from JSON, and not changed since
        return { ...origin, sourceMap: JSON.parse(cipher.open(sourceMap, place(configuration))) as Json };
      }),
  };
}
