import { describe, expect, it } from 'vitest';
import { rolloutLine, rolloutTerminal } from '../../../src/core/report/rollout-terminal.ts';
import { finding, place, rolloutView } from '../../support/values.ts';

const WORDS = `'receivers' error reading configuration for "kubeletstats/shop-kubelet": decoding failed due to the following error(s):

'metrics' has invalid keys: k8s.pod.volume.usage`;

const view = rolloutView({
  fromVersion: 3,
  toVersion: 4,
  state: 'rolled-back',
  totals: { agents: 5, offered: 3, applied: 0, refused: 3, restored: 3, neverSaw: 2 },
  errors: [
    {
      message: WORDS,
      agents: [
        { name: 'node-b', version: '1.80.1' },
        { name: 'node-a', version: '1.80.1' },
      ],
      findings: [
        finding({
          rule: 'agent-refused',
          severity: 'error',
          at: place('bindplane/sources.yaml', 35),
          certainty: 'exact',
          fixes: [{ title: 'switch the metric off' }],
        }),
      ],
    },
    {
      message: 'exited with code 1',
      agents: [{ name: 'node-c', version: '1.86.0', note: 'could not be restored' }],
      findings: [finding({ rule: 'agent-refused', severity: 'error', certainty: 'unknown' })],
    },
  ],
  startedAt: '2026-02-28T23:59:58.100Z',
  endedAt: '2026-03-01T00:00:04.100Z',
});

describe('a rollout in a terminal', () => {
  it('has counts, the agents’ words to the letter, versions, the line and how sure it is', async () => {
    const text = rolloutTerminal(view);
    expect(text).toContain('offered 3 · refused 3 · restored 3 · never saw it 2');
    for (const line of WORDS.split('\n')) expect(text).toContain(`│${line === '' ? '' : ` ${line}`}\n`);
    await expect(text).toMatchFileSnapshot('golden/rollout-terminal.txt');
  });

  it('says of a place that is not certain that it is likely', () => {
    const [group] = view.errors;
    const likely = finding({ at: place('a.yaml', 2), certainty: 'likely' });
    const text = rolloutTerminal({
      ...view,
      errors: group === undefined ? [] : [{ ...group, findings: [likely] }],
    });
    expect(text).toContain('probably caused by a.yaml:2 (certainty: likely)');
  });

  it('shows control characters as what they are, and no colour that nobody asked for', () => {
    const hostile = '\u001B[2J\u001B]0;owned\u0007done\r\n\u202Eevil';
    const text = rolloutTerminal({
      ...view,
      configuration: hostile,
      errors: [
        {
          message: hostile,
          agents: [{ name: hostile, version: hostile }],
          findings: [finding({ at: place(hostile, 1), fixes: [{ title: hostile }] })],
        },
      ],
    });
    // eslint-disable-next-line no-control-regex -- that there are none is the point
    expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F\u202E]/);
    expect(text).toContain(String.raw`\u{1b}[2J`);
    expect(rolloutLine({ ...view, configuration: hostile })).not.toContain('\n');
  });

  it('that reached nobody has no counts', () => {
    const text = rolloutTerminal(rolloutView({ state: 'no-agents' }));
    expect(text).not.toContain('offered');
    expect(text).toContain('No agent matches this configuration');
  });
});
