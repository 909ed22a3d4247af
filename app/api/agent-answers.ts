import type { JsonMap } from '../../src/core/document/node.ts';
import type { Member, Rollout } from '../../src/core/rollout/rollout.ts';
import { hasEnded } from '../../src/core/rollout/rollout.ts';
import type { Store, StoredAgent } from '../store/store.ts';
import type { ApiDependencies } from './dependencies.ts';
import { newestRollouts } from './newest-rollouts.ts';

/** BindPlane's agent statuses (reference/bindplane.md §4.3). */
const DISCONNECTED = 0;
const CONNECTED = 1;
const ERROR = 2;
/** Shown once, in the answer to its deletion. */
export const DELETED = 5;
const CONFIGURING = 6;

/** An agent with what the rollouts say about it. */
export interface AgentView {
  readonly agent: StoredAgent;
  readonly labels: Readonly<Record<string, string>>;
  readonly status: number;
  readonly errorMessage: string;
  /** `name:version` or empty. */
  readonly current: string;
  readonly pending: string;
  readonly future: string;
  /** The member of the newest rollout it takes part in. */
  readonly member?: Member;
  readonly rollout?: Rollout;
}

/** All agents, by uid, each with the newest rollout it takes part in. */
export async function agentViews(dependencies: ApiDependencies): Promise<readonly AgentView[]> {
  const newest = await newestRollouts(dependencies.store);
  const rollouts = [...newest.values()].toSorted((a, b) => a.startedAt - b.startedAt);
  const members = new Map<string, { member: Member; rollout: Rollout }>();
  // Oldest first, so that the newest rollout of an agent is the one that stays.
  for (const rollout of rollouts) {
    for (const member of rollout.members) members.set(member.agent, { member, rollout });
  }
  const agents = dependencies.agents.list();
  const parts = agents.map((agent) => ({ agent, part: members.get(agent.record.uid) }));
  const names = await configNames(
    dependencies.store,
    parts.map(({ agent, part }) => runningHash(agent, part?.member)),
  );
  return parts.map(({ agent, part }) =>
    viewOf(agent, part, names.get(runningHash(agent, part?.member)) ?? ''),
  );
}

/** The hash of what an agent last said it runs; of one that refused, of what it ran before. Empty when nobody knows. */
function runningHash({ record }: StoredAgent, member: Member | undefined): string {
  if (record.config?.state === 'applied') return record.config.hash;
  return member?.previousHash ?? '';
}

/** `name:version` of the configs with these hashes; fleets run few different ones. */
async function configNames(store: Store, hashes: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const hash of new Set(hashes)) {
    const config = hash === '' ? undefined : await store.configs.byHash(hash);
    if (config !== undefined && config.version > 0) {
      names.set(hash, `${config.configuration}:${config.version}`);
    }
  }
  return names;
}

function viewOf(
  agent: StoredAgent,
  part: { member: Member; rollout: Rollout } | undefined,
  current: string,
): AgentView {
  const { record } = agent;
  const { member, rollout } = part ?? {};
  const name = rollout === undefined ? '' : `${rollout.configuration}:${rollout.version}`;
  const inFlight = member !== undefined && ['offered', 'applying', 'soaking'].includes(member.state);
  const fault = member?.fault;
  const failed = fault?.message ?? (record.config?.state === 'failed' ? record.config.message : '');
  const error = fault !== undefined || record.config?.state === 'failed';
  const waiting = member?.state === 'waiting' && rollout !== undefined && !hasEnded(rollout.state);
  return {
    agent,
    labels: shownLabels(agent),
    status: !record.connected ? DISCONNECTED : error ? ERROR : inFlight ? CONFIGURING : CONNECTED,
    errorMessage: failed,
    current,
    pending: inFlight || fault !== undefined ? name : '',
    future: waiting ? name : '',
    ...(member === undefined ? {} : { member }),
    ...(rollout === undefined ? {} : { rollout }),
  };
}

/** The agent's labels with BindPlane's own (`bindplane/agent-…`), which only a server makes. */
function shownLabels({ record, labels }: StoredAgent): Readonly<Record<string, string>> {
  const own = {
    'bindplane/agent-arch': record.arch,
    'bindplane/agent-host': record.hostname,
    'bindplane/agent-id': record.uid,
    'bindplane/agent-name': record.name,
    'bindplane/agent-os': record.os,
    'bindplane/agent-version': versionText(record.version),
  };
  const all = Object.entries({ ...own, ...record.labels, ...labels }).filter(([, value]) => value !== '');
  return Object.fromEntries(all.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function versionText(version: string): string {
  return version === '' || version.startsWith('v') ? version : `v${version}`;
}

/**
 * An agent as BindPlane shows it (golden/bindplane-rest). Its effective config and last message are left out: they hold
 * secrets, and no client needs them.
 */
export function agentAnswer(view: AgentView): JsonMap {
  const { record } = view.agent;
  const time = (milliseconds: number): string => new Date(milliseconds).toISOString();
  return {
    id: record.uid,
    name: record.name,
    type: record.type,
    arch: record.arch,
    hostname: record.hostname,
    labels: view.labels,
    version: versionText(record.version),
    home: '',
    platform: record.platform,
    operatingSystem: record.osDetails,
    macAddress: record.macAddress,
    remoteAddress: record.remoteAddress,
    status: view.status,
    ...(view.errorMessage === '' ? {} : { errorMessage: view.errorMessage }),
    ...(record.connected ? { connectedAt: time(record.connectedAt) } : {}),
    ...(record.disconnectedAt === undefined || record.connected
      ? {}
      : { disconnectedAt: time(record.disconnectedAt) }),
    reported_at: time(record.lastSeenAt),
    protocol: 'opamp',
    configurationStatus: {
      ...(view.current === '' ? {} : { current: view.current }),
      ...(view.pending === '' ? {} : { pending: view.pending }),
      ...(view.future === '' ? {} : { future: view.future }),
    },
    ...(record.components === undefined ? {} : { components: record.components }),
    // Beyond BindPlane: what it says it has installed. The rest of what is known of it is at /v1/collie/agents/{id}.
    ...(record.packages === undefined || record.packages.length === 0
      ? {}
      : { packages: record.packages.map(({ name, version, state }) => ({ name, version, state })) }),
  };
}
