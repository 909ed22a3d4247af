import { describe, expect, it } from 'vitest';
import { differs, planDifference } from '../../../src/core/plan/difference.ts';
import { planDifferenceBlocks } from '../../../src/core/report/plan-difference.ts';
import { createProse, markdown } from '../../../src/core/report/markdown.ts';
import { createRedactor } from '../../../src/core/report/redact.ts';
import { base, configuration, doc, planOf, workload, type Files } from './support.ts';

const port = (value: number): string =>
  doc('Source', 'in', `type: otlp\nparameters:\n  - name: grpc_port\n    value: ${value}`);

function text(reviewed: Files, now: Files, from: Files = base): string {
  const redactor = createRedactor({});
  const difference = planDifference(planOf(base, reviewed), planOf(from, now));
  return markdown(planDifferenceBlocks(difference, createProse(redactor), redactor));
}

describe('two plans of one wish', () => {
  it('are the same where their digests are, whoever is connected', () => {
    const head = { ...base, 'in.yaml': port(4319) };
    const here = planOf(base, head);
    const there = planOf(base, head, { context: { agents: [] } });
    expect(here.digest).toBe(there.digest);
    expect(differs(planDifference(here, there))).toBe(false);
  });

  it('differ in what somebody else merged in between, and show what that does to the configs', async () => {
    const reviewed = { ...base, 'in.yaml': port(4319) };
    const now = { ...base, 'in.yaml': port(4320), 'more.yaml': doc('Source', 'more', 'type: host') };
    await expect(text(reviewed, now)).toMatchFileSnapshot('golden/plan-difference.md');
  });

  it('name what is not done any more, and other recipients of the same config', () => {
    const edge = configuration('edge', ['in']);
    const reviewed = { ...base, 'in.yaml': port(4319), 'more.yaml': doc('Source', 'more', 'type: host') };
    const now = {
      ...base,
      'in.yaml': port(4319),
      'edge.yaml': edge.replace('configuration: edge', 'tier: edge'),
    };
    const told = text(reviewed, now);
    expect(told).toContain('Source `more`: created as reviewed, untouched now');
    expect(told).toContain('Configuration `edge`: updated now, untouched as reviewed');
    expect(told).toContain('`edge`: the same config, other recipients');
  });

  it('name commands of only one of them', () => {
    const now = { ...base, 'agent.yaml': workload('edge-agent', 'configuration=edge') };
    expect(text(base, now)).toContain('`kubectl apply -f agent.yaml`: needed now, not as reviewed');
    expect(text(now, base)).toContain('`kubectl apply -f agent.yaml`: not needed any more');
  });
});
