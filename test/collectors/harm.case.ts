import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RolloutView } from '../../src/core/rollout/view.ts';
import { buildBinaries } from './build.ts';
import { failedGates, flowing, labConfig, openLab, wordsOf, type Lab } from './lab.ts';
import { childOf } from './stage.ts';

/**
 * Bad configs on real collectors, of the kinds that a collector itself calls fine: each is noticed by the gate that is named, and
 * rolled back, while the second collector never sees it. Times are of a laboratory policy. Needs Go; where it is missing the run says so.
 */
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const binaries = buildBinaries(say);
const reason = 'reason' in binaries ? binaries.reason : undefined;
if (reason !== undefined) say(`skipped: ${reason}`);

const table: string[] = [];

/** A collector is ended so long after its start, each time that it runs the version. */
const CRASHES_AFTER_MS = 20_000;

describe.skipIf(reason !== undefined)('a bad config on real collectors', { timeout: 150_000 }, () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await evenLab();
  }, 120_000);

  afterAll(async () => {
    await end(lab);
  });

  it('(a) that the collector refuses: apply-failed', async () => {
    const view = await harm(lab, 'refused', labConfig('debug', '{no_such_key: 1}'));
    expect(failedGates(view)).toContain('Config refused');
    expect(view.errors[0]?.message).toContain('has invalid keys: no_such_key');
  });

  it('(b) that drops everything: flow-stopped', async () => {
    const view = await harm(lab, 'drops everything', labConfig('nop', '{}'));
    expect(failedGates(view)).toContain('Flow stopped');
  });

  it('(c) whose backend is dead: flow-stopped or backlog', async () => {
    const view = await harm(
      lab,
      'dead backend',
      labConfig('otlp/dead', '{endpoint: "127.0.0.1:1", tls: {insecure: true}}'),
    );
    expect(failedGates(view).some((title) => ['Flow stopped', 'Backlog'].includes(title))).toBe(true);
  });

  it('(d) whose backend answers 401: flow-stopped, backlog or send-failed', async () => {
    const settings = `{endpoint: "${lab.unauthorized}", tls: {insecure: true}}`;
    const view = await harm(lab, 'backend answers 401', labConfig('otlp/closed', settings));
    expect(
      failedGates(view).some((title) => ['Flow stopped', 'Backlog', 'Send failed'].includes(title)),
    ).toBe(true);
  });
});

// With collectors of their own: one that was started again and again before says nothing by being so again.
describe.skipIf(reason !== undefined)(
  'a config with which a real collector ends',
  { timeout: 150_000 },
  () => {
    let lab: Lab;

    beforeAll(async () => {
      lab = await evenLab();
    }, 120_000);

    afterAll(async () => {
      await end(lab);
    });

    it('(e) with which the collector ends 20 s after each start: crash-loop', async () => {
      const stop = new AbortController();
      const crashing = crashes(lab, stop.signal);
      const view = await harm(lab, 'crashes after 20 s', labConfig('debug', '{}', 'crashes'), 'lab-long');
      stop.abort();
      await crashing;
      expect(failedGates(view)).toContain('Crash loop');
    });
  },
);

/** A laboratory whose collectors have run one good config for a while. */
async function evenLab(): Promise<Lab> {
  if ('reason' in binaries) throw new Error(binaries.reason);
  const lab = await openLab(binaries);
  await lab.stage.roll(labConfig('debug', '{}'), 'stable');
  await flowing(lab.stage);
  await wait(8000);
  return lab;
}

async function end(lab: Lab): Promise<void> {
  await lab.close();
  say(`\n${table.splice(0).join('\n')}\n`);
}

/** Rolls a bad config out, and tells what noticed it after how long, beside what the agent itself had said. */
async function harm(lab: Lab, what: string, raw: string, policy = 'lab'): Promise<RolloutView> {
  const before = Date.now();
  await lab.stage.apply(raw, policy);
  await lab.stage.call('POST', '/v1/rollouts/lab/start', { options: null });
  const said = new Set<string>();
  const view = await lab.stage.watched(async (now) => {
    if (!['started', 'pending'].includes(now.state)) return true;
    const { running, healthy } = await wordsOf(lab.stage, 'edge-1');
    if (running?.version === now.toVersion) {
      said.add(`${running.state}${healthy === false ? ', unhealthy' : ', healthy'}`);
    }
    return false;
  });
  const noticed = Date.now() - before;
  const over = await lab.stage.watched(({ state }) => Promise.resolve(state === 'rolled-back'));
  const back = Date.now() - before;
  const gates = failedGates(over).join(', ');
  table.push(
    `${what}: noticed after ${(noticed / 1000).toFixed(1)} s by ${gates}, back after ${(back / 1000).toFixed(1)} s; the agent had said: ${[...said].join(' / ')}`,
  );
  expect(over.totals).toMatchObject({ offered: 1, restored: 1, neverSaw: 1 });
  expect(view.toVersion).toBe(over.toVersion);
  await flowing(lab.stage);
  await wait(8000);
  return over;
}

/** Ends the canary's collector twenty seconds after each start with the newest version, as a fault in it would. */
async function crashes(lab: Lab, signal: AbortSignal): Promise<void> {
  const supervisor = lab.supervisors.get('edge-1');
  const { toVersion } = await lab.stage.newest();
  let since: number | undefined;
  while (!signal.aborted) {
    await wait(250);
    const { running, healthy } = await wordsOf(lab.stage, 'edge-1');
    const runs = (running?.version ?? 0) > toVersion && healthy !== false;
    since = runs ? (since ?? Date.now()) : undefined;
    if (since === undefined || Date.now() - since < CRASHES_AFTER_MS || supervisor === undefined) continue;
    process.kill(await childOf(supervisor.pid), 'SIGKILL');
    since = undefined;
  }
}
