import { afterEach, describe, expect, it } from 'vitest';
import { rolloutComment } from '../../src/core/report/rollout-comment.ts';
import { rolloutTerminal } from '../../src/core/report/rollout-terminal.ts';
import type { RolloutView } from '../../src/core/rollout/view.ts';
import { incidentContext } from '../core/report/incident.ts';
import { fleetOf, GOOD, POLICY, refusedBy, type Fleet } from './bindplane-fleet.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

const comment = (view: RolloutView): string =>
  rolloutComment(view, {
    ...incidentContext,
    revert: { url: 'https://github.com/shop/fleet/pull/43', pullRequest: 43 },
  }).body;

describe('what people read of a rollout on a BindPlane server', () => {
  it('that was stopped and undone: why, who, what the versions mean now, and what nobody looked at', async () => {
    fleet = await fleetOf(6);
    await fleet.settle(GOOD);
    await fleet.store(refusedBy('c'));
    const { view } = await fleet.drive({ policy: POLICY });
    await expect(comment(view)).toMatchFileSnapshot('golden/rollout-undone.md');
    await expect(rolloutTerminal(view)).toMatchFileSnapshot('golden/rollout-undone.txt');
  });

  it('that was undone as far as agents answer: the one that does not is named', async () => {
    fleet = await fleetOf(6);
    await fleet.settle(GOOD);
    fleet.agent('c').silent = true;
    await fleet.store('receivers: { nop/next: }\n');
    const { view } = await fleet.drive({ policy: POLICY });
    await expect(comment(view)).toMatchFileSnapshot('golden/rollout-undone-silent.md');
  });

  it('that cannot be undone, since nothing was there before', async () => {
    fleet = await fleetOf(6);
    await fleet.store(refusedBy('c'));
    const { view } = await fleet.drive({ policy: POLICY });
    await expect(comment(view)).toMatchFileSnapshot('golden/rollout-not-undone.md');
  });

  it('that is held because the wait was over', async () => {
    fleet = await fleetOf(6);
    await fleet.store(GOOD);
    const { view } = await fleet.drive({ policy: POLICY, deadlineMs: 60_000 });
    await expect(comment(view)).toMatchFileSnapshot('golden/rollout-held.md');
  });
});
