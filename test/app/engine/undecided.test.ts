import { create } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { beforeEach, expect, it } from 'vitest';
import { Engine } from '../../../app/engine/engine.ts';
import { APP_LIMITS, ROLLOUT_TIMINGS } from '../../../app/limits.ts';
import type { Store } from '../../../app/store/store.ts';
import { sha256 } from '../../../src/core/document/digest.ts';
import { hexBytes, uidText } from '../../../src/core/opamp/uid.ts';
import {
  AgentCapabilities,
  AgentToServerSchema,
  RemoteConfigStatuses,
} from '../../../src/core/opamp/gen/opamp_pb.ts';
import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import { phasesFor } from '../../../src/core/rollout/waves.ts';
import { Connection, type StoreFault } from '../../sim/store/connection.ts';
import { Database } from '../../sim/store/database.ts';
import { ManualClock } from '../manual-clock.ts';

const UID = new Uint8Array(16).fill(7);
const agent = uidText(UID) ?? '';
const text = 'version: 2\n';
const hash = sha256(text);

let clock: ManualClock;
let store: Store;
let engine: Engine;
let fault: (call: string) => StoreFault | undefined;
let warnings: string[];
let sent: string[];

beforeEach(() => start(false));

/** An engine that knows one agent, over a store of its own or one that others may share. */
async function start(shared: boolean): Promise<void> {
  clock = new ManualClock();
  fault = () => undefined;
  [warnings, sent] = [[], []];
  const options = { name: 'one', shared, fault: (call: string) => fault(call) };
  ({ store } = new Connection(new Database(() => 0), options));
  await store.shared?.beat({ id: 'one', address: '' }, 1e9);
  const warn = (message: string): void => void warnings.push(message);
  const duty = { id: 'one', leads: true };
  engine = new Engine({ store, clock, limits: APP_LIMITS, timings: ROLLOUT_TIMINGS, warn, duty });
  await engine.recover({
    send: (uid) => {
      sent.push(uid);
      return true;
    },
    disconnect: () => undefined,
  });
  says({
    sequenceNum: 1n,
    agentDescription: {
      identifyingAttributes: [
        { key: 'service.name', value: { value: { case: 'stringValue', value: 'com.observiq.collector' } } },
      ],
    },
  });
  await engine.round();
  await store.configs.put({ configuration: 'node', version: 2, hash, text, raw: text });
}

function says(message: MessageInitShape<typeof AgentToServerSchema>): void {
  const capabilities = BigInt(
    AgentCapabilities.ACCEPTS_REMOTE_CONFIG | AgentCapabilities.REPORTS_REMOTE_CONFIG,
  );
  const whole = create(AgentToServerSchema, { instanceUid: UID, capabilities, ...message });
  engine.agents.receive(whole, { id: 'socket', remoteAddress: '', labels: '' });
}

/** A rollout that offered version 2 to the agent, so long ago. */
async function underWay(state: Rollout['state'], offeredMsAgo: number): Promise<void> {
  await store.agents.putTargets(new Map([[agent, { configuration: 'node', version: 2, hash, offers: 0 }]]));
  const now = clock.now();
  const rollout: Rollout = {
    id: 'node:2',
    configuration: 'node',
    version: 2,
    targetHash: hash,
    state,
    policy: {
      ...phasesFor(undefined, 1),
      maxErrors: 1,
      rollbackOnFailure: true,
      ...ROLLOUT_TIMINGS,
      soakMs: 1,
    },
    phase: 1,
    members: [{ agent, name: 'a', version: '1', state: 'offered', wave: 0, offeredAt: now - offeredMsAgo }],
    timeline: [],
    startedAt: now,
  };
  await store.rollouts.put(rollout, [{ type: 'planned', at: 0, rollout }]);
  const known = engine.agents.get(agent);
  const target = (await store.agents.get(agent))?.target;
  if (known !== undefined && target !== undefined) {
    const row = { uid: agent, record: known.record, labels: {}, target, owner: 'one' };
    engine.agents.follow({ agents: [row] });
  }
}

it('a rollout that cannot be decided for the moment still holds its agents back while it is paused (REL-11, REL-34)', async () => {
  await underWay('paused', 2 * ROLLOUT_TIMINGS.deadlineMs);
  fault = (call) =>
    call === 'rollouts.put' ? { kind: 'error', error: new Error('the disk is full') } : undefined;
  await engine.round();
  expect(warnings).toEqual(['rollout node:2 cannot be decided']);
  expect(sent).toEqual([]);
});

it('what was refused is known also where the store did what it said it could not (REL-04)', async () => {
  await underWay('started', 0);
  let commits = 0;
  fault = (call) => {
    if (call !== 'commit') return undefined;
    commits += 1;
    // The first commit is of what the agent said, the second one of what is decided about it.
    return commits === 2 ? { kind: 'error', error: new Error('connection lost'), late: true } : undefined;
  };
  const lastRemoteConfigHash = hexBytes(hash) ?? new Uint8Array();
  says({
    sequenceNum: 2n,
    remoteConfigStatus: { status: RemoteConfigStatuses.FAILED, lastRemoteConfigHash, errorMessage: 'no' },
  });
  await engine.round();
  expect(warnings).toEqual(['rollout node:2 cannot be decided']);
  expect((await store.refusals.all()).map(({ message }) => message)).toEqual(['no']);
  // It is busy with something else by now: its word is not repeated.
  const { APPLIED } = RemoteConfigStatuses;
  says({
    sequenceNum: 3n,
    remoteConfigStatus: { status: APPLIED, lastRemoteConfigHash: new Uint8Array(32) },
  });
  await engine.round();
  expect(engine.ledger.refused(agent, hash)).toBe(true);
});

it('what agents are to run is known anew where the store did what it said it could not', async () => {
  await start(true);
  await underWay('started', 0);
  const row = await store.agents.get(agent);
  await store.agents.putTargets(new Map([[agent, { configuration: 'node', version: 2, hash, offers: 1 }]]));
  const rollout = await store.rollouts.get('node:2');
  if (rollout === undefined || row === undefined) throw new Error('not there');
  const silent = { agent: 'x', name: 'x', version: '1', state: 'offered', wave: 0, offeredAt: -1e9 } as const;
  const policy = { ...rollout.policy, maxErrors: 0 };
  const two = { ...rollout, policy, members: [...rollout.members, silent] };
  await store.rollouts.put(two, [{ type: 'planned', at: 0, rollout: two }]);
  const { APPLIED } = RemoteConfigStatuses;
  const lastRemoteConfigHash = hexBytes(hash) ?? new Uint8Array();
  says({ sequenceNum: 2n, remoteConfigStatus: { status: APPLIED, lastRemoteConfigHash } });
  let isLost = false;
  fault = (call) => {
    if (call === 'rollouts.put') isLost = true;
    if (call !== 'commit' || !isLost) return undefined;
    isLost = false;
    return { kind: 'error', error: new Error('connection lost'), late: true };
  };
  await engine.round();
  expect(warnings).toEqual(['rollout node:2 cannot be decided']);
  expect((await store.rollouts.get('node:2'))?.state).toBe('rolled-back');
  expect((await store.agents.get(agent))?.target).toBeUndefined();
});
