import { describe, expect, it } from 'vitest';
import type { RolloutView } from '../../../src/core/rollout/view.ts';
import { ROLLOUT_STATES } from '../../../src/core/rollout/view.ts';
import { rolloutCheck } from '../../../src/core/report/check-run.ts';
import { hasMarker } from '../../../src/core/report/marker.ts';
import { rolloutComment, rolloutSubject } from '../../../src/core/report/rollout-comment.ts';
import { byteLength } from '../../../src/core/report/untrusted.ts';
import { finding, place, rolloutView } from '../../support/values.ts';
import { incidentContext } from './incident.ts';

/** What a collector of 2025 really printed (shape of golden/collector-errors.json, unknown key in component). */
const WORDS = `'receivers' error reading configuration for "kubeletstats/shop-kubelet": decoding failed due to the following error(s):

'metrics' has invalid keys: k8s.pod.volume.usage`;

const refused: RolloutView = rolloutView({
  fromVersion: 3,
  toVersion: 4,
  state: 'rolled-back',
  waves: [
    {
      name: 'canary',
      agents: 1,
      applied: 0,
      refused: 1,
      restored: 1,
      pending: 0,
      note: 'refused after 0.4 s',
    },
    { name: 'rest', agents: 2, applied: 0, refused: 0, restored: 0, pending: 2, note: 'never offered' },
  ],
  totals: { agents: 3, offered: 1, applied: 0, refused: 1, restored: 1, neverSaw: 2 },
  errors: [
    {
      message: WORDS,
      agents: [{ name: 'node-a', version: '1.80.1' }],
      findings: [
        finding({ rule: 'agent-refused', severity: 'error', at: place('bindplane/sources.yaml', 35) }),
      ],
    },
  ],
  timeline: [
    { at: '2026-02-28T23:59:58.100Z', text: 'offered to `node-a`' },
    { at: '2026-02-28T23:59:58.500Z', text: 'refused' },
    { at: '2026-03-01T00:00:04.100Z', text: 'version 3 applied, same hash as before' },
  ],
  startedAt: '2026-02-28T23:59:58.100Z',
  endedAt: '2026-03-01T00:00:04.100Z',
});

const context = {
  ...incidentContext,
  revert: { url: 'https://github.com/shop/fleet/pull/43', pullRequest: 43 },
  predicted: [finding({ rule: 'VER-003', severity: 'error', at: place('bindplane/sources.yaml', 35) })],
};

const body = (view: RolloutView): string => rolloutComment(view, context).body;

describe('the comment of a rollout', () => {
  it('that our engine rolled back', async () => {
    await expect(body(refused)).toMatchFileSnapshot('golden/rollout-comment.md');
  });

  it('that a BindPlane server stopped', async () => {
    const stopped: RolloutView = {
      ...refused,
      state: 'failed',
      engine: 'bindplane',
      totals: { ...refused.totals, restored: 0 },
      waves: refused.waves.map((wave) => ({ ...wave, restored: 0 })),
    };
    const text = body(stopped);
    expect(text).not.toContain('Restored');
    expect(text).toContain('BindPlane stops a rollout and restores nobody.');
    await expect(text).toMatchFileSnapshot('golden/rollout-comment-bindplane.md');
  });

  it('in every state has a line of its own, and no state claims another', () => {
    const lines = ROLLOUT_STATES.map((state) => body({ ...refused, errors: [], state }).split('\n')[1] ?? '');
    expect(new Set(lines).size).toBe(ROLLOUT_STATES.length);
    expect(lines).toMatchInlineSnapshot(`
      [
        "### ⚪ Waiting to start · \`shop-node\` 3 → 4 · 3 agents",
        "### 🔵 Rolling out · \`shop-node\` 3 → 4 · 0 of 3 agents applied it, 1 refused",
        "### 🟡 Paused · \`shop-node\` 3 → 4 · 0 of 3 agents applied it, 1 refused",
        "### 🔴 Rolling back · \`shop-node\` 3 → 4 · 1 of 3 agents was touched, 2 never saw it",
        "### 🔴 Rolled back · \`shop-node\` 3 → 4 · 1 of 3 agents was touched, 2 never saw it · 6 s",
        "### 🔴 Stopped · \`shop-node\` 3 → 4 · 1 of 3 agents refused, 2 never saw it · 6 s",
        "### 🟢 Stable · \`shop-node\` 3 → 4 · all 3 agents applied it · 6 s",
        "### ⚪ Replaced by a newer version · \`shop-node\` 3 → 4 · 0 of 3 agents applied it, 1 refused · 6 s",
        "### 🟡 Aborted · \`shop-node\` 3 → 4 · 0 of 3 agents applied it, 1 refused · 6 s",
        "### ⚪ No agent gets this · \`shop-node\` 3 → 4",
      ]
    `);
  });

  it('keeps the agent’s words word for word in a block of text', () => {
    expect(body(refused)).toContain(`\`\`\`text\n${WORDS}\n\`\`\``);
  });

  it('does not say that all agents are back while some are not', () => {
    const partly = { ...refused, totals: { ...refused.totals, offered: 2, restored: 1, neverSaw: 1 } };
    expect(body(partly)).not.toContain('All 3 agents run');
    expect(body(partly)).toContain(
      '1 of 2 touched agents are back on version 3; 1 agent has not confirmed it.',
    );
  });

  it('groups agents that say the same and counts the rest', () => {
    const agents = Array.from({ length: 41 }, (_, index) => ({ name: `node-${index}`, version: '1.80.1' }));
    const text = body({ ...refused, errors: [{ message: WORDS, agents, findings: [] }] });
    expect(text.split('```text')).toHaveLength(2);
    expect(text).toContain('40 more agents report the same: ');
    expect(text).toContain('No line of this repository is known for it.');
  });

  it('says likely when the place is likely, and shows simulated agents as such', () => {
    const text = body({
      ...refused,
      errors: [
        {
          message: WORDS,
          agents: [{ name: 'node-a', version: '1.80.1', note: 'simulated' }],
          findings: [finding({ at: place('other.yaml', 2), certainty: 'likely' })],
        },
      ],
    });
    expect(text).toContain('**`node-a` (1.80.1, simulated) refused the config:**');
    expect(text).toContain('Probably caused by [`other.yaml:2`]');
    expect(text).not.toContain('the plan had said so');
  });

  it('SEC-24: ten thousand agents with 64 KiB each keep the budget', () => {
    const errors = Array.from({ length: 10_000 }, (_, index) => ({
      message: `${index} ${'x\u202e```\n'.repeat(100)}`.padEnd(index < 50 ? 65_536 : 100, 'é'),
      agents: [{ name: `node-${index}`, version: '1' }],
      findings: [],
    }));
    const { body: text, cuts } = rolloutComment({ ...refused, errors }, context);
    expect(byteLength(text)).toBeLessThanOrEqual(60_000);
    expect(text).toMatch(/\d+ agents more with \d+ other errors, not shown here\./);
    expect(
      rolloutComment({ ...refused, errors }, { ...context, budgetBytes: 3000 }).cuts.length,
    ).toBeGreaterThan(cuts.length);
  });

  it('has a marker for each configuration', () => {
    const text = body(refused);
    expect(hasMarker(text, rolloutSubject(refused, context))).toBe(true);
    expect(hasMarker(text, rolloutSubject({ ...refused, configuration: 'other' }, context))).toBe(false);
  });
});

describe('the check of a rollout', () => {
  it('ends when nothing more happens by itself', () => {
    const conclusions = Object.fromEntries(
      ROLLOUT_STATES.map((state) => {
        const { status, conclusion } = rolloutCheck({ ...refused, state }, context);
        return [state, conclusion ?? status];
      }),
    );
    expect(conclusions).toEqual({
      pending: 'queued',
      started: 'in_progress',
      paused: 'in_progress',
      'rolling-back': 'in_progress',
      'rolled-back': 'failure',
      failed: 'failure',
      stable: 'success',
      replaced: 'neutral',
      aborted: 'cancelled',
      'no-agents': 'neutral',
    });
  });

  it('annotates the causes with the agent’s words', () => {
    const { annotations, title } = rolloutCheck(refused, context);
    expect(annotations).toEqual([
      expect.objectContaining({ otelcolMessage: WORDS, at: place('bindplane/sources.yaml', 35) }),
    ]);
    expect(title).toBe('🔴 Rolled back · shop-node 3 → 4 · 1 of 3 agents was touched, 2 never saw it · 6 s');
  });
});
