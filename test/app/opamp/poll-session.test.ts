import { create } from '@bufbuild/protobuf';
import { beforeEach, expect, it } from 'vitest';
import { APP_LIMITS } from '../../../app/limits.ts';
import { PollSession } from '../../../app/opamp/poll-session.ts';
import { ServerToAgentSchema } from '../../../src/core/opamp/gen/opamp_pb.ts';
import { ManualClock } from '../manual-clock.ts';

const hash = new Uint8Array([7]);
let session: PollSession;

beforeEach(() => {
  const connection = { id: 'polls', remoteAddress: '', labels: '', transport: 'http' as const };
  const polling = { connection, credential: 'k', isAgentsOwn: false, address: '' };
  session = new PollSession('uid', polling, APP_LIMITS, new ManualClock(), () => undefined);
});

/** Whether the answer to a request of this number brings the config; `undo` is what a lost answer calls for. */
function poll(sequence: bigint): { readonly brings: boolean; readonly undo: () => void } {
  expect(session.isShared(sequence)).toBe(false);
  const { message, undo } = session.filled(create(ServerToAgentSchema, {}));
  return { brings: message.remoteConfig !== undefined, undo };
}

const offer = (): void => {
  session.send('uid', create(ServerToAgentSchema, { remoteConfig: { configHash: hash } }));
};

it('brings what waits with the next answer, once', () => {
  poll(4n);
  offer();
  expect(poll(5n).brings).toBe(true);
  expect(poll(6n).brings).toBe(false);
});

it('brings it again to the same request: its answer was lost', () => {
  offer();
  expect([5n, 5n, 5n, 6n].map((sequence) => poll(sequence).brings)).toEqual([true, true, true, false]);
});

it('brings it once more where the server knows that the answer was lost, and the agent asks again', () => {
  offer();
  poll(5n).undo();
  expect([5n, 6n].map((sequence) => poll(sequence).brings)).toEqual([true, false]);
});

it('brings nothing again to who does not count, and nothing for ever', () => {
  offer();
  expect([0n, 0n].map((sequence) => poll(sequence).brings)).toEqual([true, false]);
  offer();
  const told = Array.from({ length: 30 }, () => poll(9n).brings);
  expect([told[0], told[5], told.at(-1)]).toEqual([true, true, false]);
});
