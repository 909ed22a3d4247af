import { afterEach, expect, it } from 'vitest';
import { ClockKeeper } from '../../../app/compose/clock-keeper.ts';
import { evenClock } from '../../../src/io/clock.ts';
import { AgentCapabilities, RemoteConfigStatuses } from '../../../src/core/opamp/gen/opamp_pb.ts';
import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import { member, rollout } from '../../core/rollout/fixtures.ts';
import { SECRET_KEY, TestApp, rawConfiguration, scratchFolder } from '../../support/app.ts';
import { WireAgent, attribute, uidOf } from '../../support/opamp-wire.ts';

const NOON = Date.parse('2026-01-02T12:00:00Z');
const HOUR_MS = 3_600_000;

it('leaves the time alone while something is timed, says so once, and takes it over afterwards', async () => {
  let wall = NOON;
  const said: string[] = [];
  let open: readonly Rollout[] = [rollout([member('a')])];
  const clock = evenClock(
    () => wall,
    () => 0,
  );
  const log = { warn: (line: string): void => void said.push(line) };
  const keeper = new ClockKeeper({ clock, log, rollouts: () => Promise.resolve(open) });
  wall = NOON + HOUR_MS;
  await keeper.look();
  await keeper.look();
  expect(clock.now()).toBe(NOON);
  expect(said).toEqual([
    "the machine's clock was set from 2026-01-02 12:00:00 UTC to 2026-01-02 13:00:00 UTC; rollouts under way go on by the time before",
  ]);
  open = [rollout([member('a', { state: 'restoring' })], { state: 'failed' })];
  await keeper.look();
  expect(clock.now()).toBe(NOON);
  open = [rollout([member('a')], { state: 'paused' })];
  await keeper.look();
  expect(clock.now()).toBe(NOON + HOUR_MS);
  expect(said).toHaveLength(1);
});

let server: TestApp | undefined;
let agent: WireAgent | undefined;
const scratch = scratchFolder();

afterEach(async () => {
  await agent?.close();
  await server?.close();
  scratch.remove();
});

it("REL-20 no soak is over because the machine's clock was set an hour forward", async () => {
  let setMs = 0;
  const clock = evenClock(() => Date.now() + setMs);
  server = await TestApp.start(scratch.path, { COLLIE_SOAK_MS: '60000' }, { clock });
  agent = await WireAgent.connect(
    { port: server.app.opamp.port },
    { headers: { authorization: `Secret-Key ${SECRET_KEY}` } },
  );
  const capabilities = BigInt(
    AgentCapabilities.REPORTS_STATUS |
      AgentCapabilities.ACCEPTS_REMOTE_CONFIG |
      AgentCapabilities.REPORTS_REMOTE_CONFIG,
  );
  await agent.say({
    instanceUid: uidOf(3),
    capabilities,
    agentDescription: {
      identifyingAttributes: [attribute('service.name', 'com.observiq.collector')],
      nonIdentifyingAttributes: [attribute('service.labels', 'configuration=lab')],
    },
  });
  await server.call('POST', '/v1/apply', { resources: [rawConfiguration('lab', 'one')] });
  await server.call('POST', '/v1/rollouts/lab/start', { options: null });
  const { remoteConfig } = await agent.next();
  const lastRemoteConfigHash = remoteConfig?.configHash ?? new Uint8Array();
  await agent.say({
    instanceUid: uidOf(3),
    sequenceNum: 1n,
    capabilities,
    remoteConfigStatus: { status: RemoteConfigStatuses.APPLIED, lastRemoteConfigHash },
  });
  setMs = HOUR_MS;
  await server.call('POST', '/v1/rollouts');
  const { body } = await server.call('GET', '/v1/rollouts/lab/status');
  const STARTED = 1;
  expect(body.configuration.status.rollout.status).toBe(STARTED);
});
