import { afterEach, describe, expect, it } from 'vitest';
import { undoRollout } from '../../src/flows/undo.ts';
import { connectControlPlane } from '../../src/io/control-planes/index.ts';
import type { ControlPlane } from '../../src/ports/control-plane.ts';
import { startBindplane, type BindplaneStandIn } from '../support/bindplane-stand-in.ts';
import { fleetOf, GOOD, refusedBy, type Fleet } from './bindplane-fleet.ts';
import { virtualClock } from './support.ts';

describe('a version that is brought back on a BindPlane server', () => {
  let fleet: Fleet;
  afterEach(() => fleet.close());

  const undo = (version: number): ReturnType<typeof undoRollout> =>
    undoRollout({
      controlPlane: fleet.plane,
      clock: fleet.clock,
      configuration: 'edge',
      version,
      deadlineMs: 60_000,
    });

  it('is not, where a newer one was applied meanwhile: that one is somebody’s decision', async () => {
    fleet = await fleetOf(2);
    await fleet.settle(GOOD);
    await fleet.settle(refusedBy());
    await fleet.store(`${GOOD}# newer\n`);
    const { undo: view, done } = await undo(2);
    expect({ done, obstacle: view.obstacle }).toEqual({
      done: false,
      obstacle: 'version 3 was applied meanwhile',
    });
    expect(new Set(Object.values(fleet.runs()))).toEqual(new Set(['edge:2']));
  });

  it('that an agent refuses now is no success, and the agent is named', async () => {
    fleet = await fleetOf(3);
    // Agent b took the old config once; what it needs is gone from that machine.
    const old = refusedBy('b').replace('not for b', 'not f0r b');
    await fleet.settle(old);
    await fleet.settle(GOOD);
    fleet.refusesToo((name, config) => name === 'b' && config === old);
    const { undo: view, done } = await undo(2);
    expect(done).toBe(false);
    expect(view).toMatchObject({ of: 1, version: 3, agents: 3, applied: 2, refused: 1, missing: ['b'] });
  });

  it('where the server takes no apply is told in its words', async () => {
    fleet = await fleetOf(2);
    await fleet.settle(GOOD);
    await fleet.settle(refusedBy());
    fleet.server.fault({
      matches: (method, path) => method === 'POST' && path === '/v1/apply',
      status: 403,
      body: JSON.stringify({ errors: ['read-only key'] }),
    });
    const { undo: view, done } = await undo(2);
    expect(done).toBe(false);
    expect(view.version).toBeUndefined();
    expect(view.obstacle).toContain('read-only key');
  });
});

describe('a server that renders the old spec differently now', () => {
  let server: BindplaneStandIn;
  afterEach(() => server.close());

  it('stores it and is not let roll it out: that text was never seen to work', async () => {
    server = await startBindplane({
      types: [
        { apiVersion: 'bindplane.observiq.com/v1', kind: 'SourceType', metadata: { name: 't' }, spec: {} },
      ],
      // As where a library item without a version was changed by hand.
      render: (_configuration, _resources, version) =>
        `# Configuration: edge:${version}\nreceivers: { nop/${version}: }\n`,
    });
    const plane: ControlPlane | undefined = connectControlPlane({ url: server.url, clock: virtualClock() });
    if (plane === undefined) throw new Error('no control plane');
    server.addAgent({ name: 'a', version: '1.80.1', labels: { configuration: 'edge' } });
    for (const id of ['s1', 's2']) {
      await plane.apply([
        {
          apiVersion: 'bindplane.observiq.com/v1',
          kind: 'Configuration',
          metadata: { name: 'edge' },
          spec: { sources: [{ id, type: 't' }], selector: { matchLabels: { configuration: 'edge' } } },
        },
      ]);
      await plane.startRollout('edge', null);
      server.tick();
      server.tick();
    }
    const { undo, done } = await undoRollout({
      controlPlane: plane,
      clock: virtualClock(),
      configuration: 'edge',
      version: 2,
      deadlineMs: 60_000,
    });
    expect(done).toBe(false);
    expect(undo.obstacle).toBe(
      'the server renders version 1 differently now; version 3 holds it and is not rolled out',
    );
    expect(server.agents[0]?.current).toBe('edge:2');
  });
});
