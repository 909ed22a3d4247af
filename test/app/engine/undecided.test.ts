import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { Engine } from '../../../app/engine/engine.ts';
import { APP_LIMITS, ROLLOUT_TIMINGS } from '../../../app/limits.ts';
import { sha256 } from '../../../src/core/document/digest.ts';
import { AgentCapabilities, AgentToServerSchema } from '../../../src/core/opamp/gen/opamp_pb.ts';
import { uidText } from '../../../src/core/opamp/uid.ts';
import { phasesFor } from '../../../src/core/rollout/waves.ts';
import { Connection } from '../../sim/store/connection.ts';
import { Database } from '../../sim/store/database.ts';
import { ManualClock } from '../manual-clock.ts';

const UID = new Uint8Array(16).fill(7);
const agent = uidText(UID) ?? '';
const text = 'version: 2\n';
const hash = sha256(text);

it('a rollout that cannot be decided for the moment still holds its agents back while it is paused (REL-11, REL-34)', async () => {
  const clock = new ManualClock();
  const failing = (call: string): { kind: 'error'; error: Error } | undefined =>
    call === 'rollouts.put' && armed ? { kind: 'error', error: new Error('the disk is full') } : undefined;
  let armed = false;
  const { store } = new Connection(new Database(() => 0), { name: 'one', shared: false, fault: failing });
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const engine = new Engine({ store, clock, limits: APP_LIMITS, timings: ROLLOUT_TIMINGS, warn });
  const sent: string[] = [];
  await engine.recover({
    send: (uid) => {
      sent.push(uid);
      return true;
    },
    disconnect: () => undefined,
  });
  engine.agents.receive(
    create(AgentToServerSchema, {
      instanceUid: UID,
      sequenceNum: 1n,
      capabilities: BigInt(AgentCapabilities.ACCEPTS_REMOTE_CONFIG | AgentCapabilities.REPORTS_REMOTE_CONFIG),
      agentDescription: {
        identifyingAttributes: [
          { key: 'service.name', value: { value: { case: 'stringValue', value: 'com.observiq.collector' } } },
        ],
      },
    }),
    { id: 'socket', remoteAddress: '', labels: '' },
  );
  await engine.round();
  await store.configs.put({ configuration: 'node', version: 2, hash, text, raw: text });
  await store.agents.putTargets(new Map([[agent, { configuration: 'node', version: 2, hash, offers: 0 }]]));
  const now = clock.now();
  const rollout = {
    id: 'node:2',
    configuration: 'node',
    version: 2,
    targetHash: hash,
    state: 'paused' as const,
    policy: {
      ...phasesFor(undefined, 1),
      maxErrors: 1,
      rollbackOnFailure: true,
      ...ROLLOUT_TIMINGS,
      soakMs: 1,
    },
    phase: 1,
    members: [
      {
        agent,
        name: 'a',
        version: '1',
        state: 'offered' as const,
        wave: 0,
        offeredAt: now - 2 * ROLLOUT_TIMINGS.deadlineMs,
      },
    ],
    timeline: [],
    startedAt: now,
  };
  await store.rollouts.put(rollout, [{ type: 'planned', at: 0, rollout }]);
  const known = engine.agents.get(agent);
  const target = (await store.agents.get(agent))?.target;
  if (known !== undefined && target !== undefined) {
    engine.agents.follow({
      agents: [{ uid: agent, record: known.record, labels: {}, target, owner: 'alone' }],
    });
  }
  armed = true;
  await engine.round();
  expect(warnings).toEqual(['rollout node:2 cannot be decided']);
  expect(sent).toEqual([]);
});
