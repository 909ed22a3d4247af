import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rawConfiguration, scratchFolder, SECRET_KEY, TestApp } from '../../support/app.ts';
import { TestAgent } from '../../support/opamp-agent.ts';
import { until } from '../../support/until.ts';

let scratch: ReturnType<typeof scratchFolder>;
let server: TestApp;
let agent: TestAgent;
/** What the agent says to its next configs; it takes those after them. */
let refusals: string[];

beforeEach(async () => {
  refusals = [];
  scratch = scratchFolder();
  server = await TestApp.start(scratch.path);
  agent = await TestAgent.connect({
    url: server.opampUrl,
    secretKey: SECRET_KEY,
    name: 'node-a',
    labels: { configuration: 'node' },
    judge: () => refusals.shift(),
  });
  await server.call('POST', '/v1/apply', { resources: [rawConfiguration('node', 'one')] });
});

afterEach(async () => {
  await agent.close();
  await server.close();
  scratch.remove();
});

async function refusedAtFirst(): Promise<void> {
  await server.call('POST', '/v1/rollouts/node/start', { options: null });
  await server.rollout('node', 'rolled-back');
  expect(agent.offers).toHaveLength(1);
}

/** States of the rollouts, when the second one has ended. */
async function retried(): Promise<readonly string[]> {
  expect((await server.call('PUT', '/v1/rollouts/node/retry', {})).status).toBe(202);
  return until(async () => {
    const { body } = await server.call('GET', '/v1/collie/rollouts');
    const states: string[] = body.rollouts.map(({ view }: { view: { state: string } }) => view.state);
    return states.length === 2 && !states.includes('started') ? states : undefined;
  });
}

describe('another try for an agent that has nothing to go back to', () => {
  it('is an offer: what it said of the first one does not count', async () => {
    refusals = ['no room'];
    await refusedAtFirst();
    expect(await retried()).toContain('stable');
    expect(agent.offers).toHaveLength(2);
    expect(agent.offers[1]).toBe(agent.offers[0]);
  });

  it('ends as the first one where the agent says the same again', async () => {
    refusals = ['no room', 'no room'];
    await refusedAtFirst();
    expect(await retried()).toEqual(['rolled-back', 'rolled-back']);
    expect(agent.offers).toHaveLength(2);
  });
});
