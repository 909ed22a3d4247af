import { create } from '@bufbuild/protobuf';
import { beforeEach, expect, it } from 'vitest';
import { Agents } from '../../../app/engine/agents.ts';
import { AgentToServerSchema } from '../../../src/core/opamp/gen/opamp_pb.ts';
import { disconnected } from '../../../src/core/opamp/session.ts';
import { uidText } from '../../../src/core/opamp/uid.ts';
import { agentRecord } from '../../contracts/store.ts';
import { ManualClock } from '../manual-clock.ts';

const UID = new Uint8Array(16).fill(7);
const uid = uidText(UID) ?? '';
let agents: Agents;
let sequence = 0n;

beforeEach(() => {
  agents = new Agents(new ManualClock(), () => undefined, 'me');
  sequence = 0n;
});

/** A message over the one socket; with a description it is news. */
function says(healthy: boolean): void {
  sequence += 1n;
  const message = { instanceUid: UID, sequenceNum: sequence, agentDescription: {}, health: { healthy } };
  agents.receive(create(AgentToServerSchema, message), { id: 'socket', remoteAddress: '', labels: '' });
}

const claims = (): readonly boolean[] => agents.takeNews()?.records.map(({ claim }) => claim) ?? [];

it('claims agents again that were given up while this process stood still, also those that have news by now', () => {
  says(true);
  expect(claims()).toEqual([true]);
  says(false);
  const record = disconnected(agents.get(uid)?.record ?? agentRecord(uid), 0);
  expect(agents.follow({ agents: [{ uid, record, labels: {} }] })).toEqual([]);
  expect(claims()).toEqual([true]);
  expect(agents.get(uid)?.record.connected).toBe(true);
});

it('claims them with what was sent over their socket, and newcomers without', () => {
  says(true);
  expect(agents.takeNews()?.records).toEqual([{ record: agents.get(uid)?.record, claim: true }]);
  agents.noteSent(uid, 'h');
  agents.follow({ agents: [{ uid, record: agentRecord(uid), labels: {} }] });
  expect(agents.takeNews()?.records).toMatchObject([{ claim: true, sent: 'h' }]);
});

it('lets go of agents that came to another process meanwhile, also of those that have news', () => {
  says(true);
  claims();
  says(false);
  expect(agents.follow({ agents: [{ uid, record: agentRecord(uid), labels: {}, owner: 'other' }] })).toEqual([
    uid,
  ]);
  expect(agents.get(uid)?.owner).toBe('other');
});

it('keeps agents that came here just now, whatever the row still says', () => {
  says(true);
  expect(agents.follow({ agents: [{ uid, record: agentRecord(uid), labels: {}, owner: 'other' }] })).toEqual(
    [],
  );
  expect(claims()).toEqual([true]);
});
