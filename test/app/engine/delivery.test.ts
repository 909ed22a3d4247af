import { create } from '@bufbuild/protobuf';
import { beforeEach, describe, expect, it } from 'vitest';
import { Agents } from '../../../app/engine/agents.ts';
import { dueOffers } from '../../../app/engine/delivery.ts';
import { APP_LIMITS } from '../../../app/limits.ts';
import type { AgentTarget } from '../../../app/store/store.ts';
import { sha256 } from '../../../src/core/document/digest.ts';
import { AgentToServerSchema, RemoteConfigStatuses } from '../../../src/core/opamp/gen/opamp_pb.ts';
import { hexBytes } from '../../../src/core/opamp/uid.ts';
import { agentRecord } from '../../contracts/store.ts';
import { ManualClock } from '../manual-clock.ts';

const UID = '07070707-0707-0707-0707-070707070707';
const SOCKET = { id: 'socket', remoteAddress: '', labels: '' };
const SERVICE = {
  key: 'service.name',
  value: { value: { case: 'stringValue' as const, value: 'com.observiq.collector' } },
};
const [BAD, GOOD] = [sha256('bad'), sha256('good')];

let agents: Agents;
let sequence: bigint;

beforeEach(() => {
  agents = new Agents(new ManualClock(), () => undefined);
  sequence = 0n;
  say('APPLIED', GOOD);
  decide({ hash: BAD, configuration: 'node', version: 2, offers: 1, since: 1 });
  agents.noteSent(UID, BAD);
});

function say(status: 'APPLIED' | 'FAILED', hash: string): void {
  sequence += 1n;
  const message = {
    instanceUid: new Uint8Array(16).fill(7),
    sequenceNum: sequence,
    capabilities: 0x1007n,
    agentDescription: { identifyingAttributes: [SERVICE] },
    remoteConfigStatus: {
      lastRemoteConfigHash: hexBytes(hash) ?? new Uint8Array(),
      status: RemoteConfigStatuses[status],
      errorMessage: '',
    },
  };
  agents.receive(create(AgentToServerSchema, message), SOCKET);
}

/** What whoever decides wants it to run from now on. */
function decide(target: AgentTarget): void {
  agents.follow({ agents: [{ uid: UID, record: agentRecord(UID), labels: {}, target }] });
}

/** What it is to be sent now, as far as this process has heard of refusals: of none. */
const due = (): readonly string[] => {
  const view = { held: new Set<string>(), tried: () => true, limits: APP_LIMITS, refused: () => false };
  return [...dueOffers(agents.local(), view).keys()];
};

describe('what an agent refused at this very socket', () => {
  it('is not sent it again, though nobody stored that yet and the agent runs something else (INV-02)', () => {
    expect(due()).toEqual([]);
    say('FAILED', BAD);
    say('APPLIED', GOOD);
    expect(due()).toEqual([]);
  });

  it('is sent it again when that is decided anew, and once', () => {
    say('FAILED', BAD);
    decide({ hash: BAD, configuration: 'node', version: 2, offers: 0, since: 2 });
    expect(due()).toEqual([UID]);
    agents.noteSent(UID, BAD);
    expect(due()).toEqual([]);
  });

  it('is sent it again when it only turned to something else by itself', () => {
    say('APPLIED', BAD);
    say('APPLIED', GOOD);
    expect(due()).toEqual([UID]);
  });
});
