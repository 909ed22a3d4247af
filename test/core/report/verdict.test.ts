import { describe, expect, it } from 'vitest';
import { verdictText } from '../../../src/core/report/verdict.ts';
import type { Agent } from '../../../src/core/fleet/agent.ts';
import { agent as anAgent } from '../../support/values.ts';
import { base, configuration, doc, planOf, serverWith, workload, type Files } from '../plan/support.ts';

const agents: Files = { 'agent.yaml': workload('edge-agent', 'configuration=edge') };
const fleet: Files = { ...base, ...agents };

function verdict(head: Files, before: Files = fleet): string {
  return verdictText(planOf(before, head));
}

describe('the first line', () => {
  it('says who gets which other config', () => {
    const changed = doc('Source', 'in', 'type: otlp\nparameters:\n  - name: grpc_port\n    value: 4319');
    expect(verdict({ ...fleet, 'in.yaml': changed })).toBe(
      '🟡 1 workload gets a different config · edge +1 −1 · medium risk',
    );
  });

  it('does not speak of another config where only who gets it changes', () => {
    const widened = (fleet['edge.yaml'] ?? '').replace('configuration: edge', 'tier: edge');
    const twice = { ...fleet, 'more.yaml': workload('more', 'configuration=edge,tier=edge') };
    expect(verdict({ ...twice, 'edge.yaml': widened }, twice)).toContain(
      '2 workloads are assigned edge · no config changes',
    );
  });

  it('counts those that get another configuration, and those that lose theirs', () => {
    const agent = (id: string, labels: Record<string, string>): Agent => ({
      ...anAgent(id, '1.86.0'),
      labels,
    });
    const context = {
      context: {
        agents: [
          agent('a', { tier: 'edge', eu: 'yes' }),
          agent('b', { tier: 'edge' }),
          agent('c', { tier: 'edge' }),
        ],
      },
    };
    const [narrow, wide, none] = ['tier: edge\n      eu: "yes"', 'tier: edge', 'tier: none'].map(
      (labels) => ({
        ...base,
        'edge.yaml': (base['edge.yaml'] ?? '').replace('configuration: edge', labels),
      }),
    );
    expect(verdictText(planOf(narrow ?? {}, wide ?? {}, context))).toBe(
      '🟡 2 agents get another configuration · edge · medium risk',
    );
    expect(verdictText(planOf(wide ?? {}, narrow ?? {}, context))).toBe('🟢 2 agents lose edge');
    expect(verdictText(planOf(wide ?? {}, none ?? {}, context))).toBe('🟡 3 agents lose edge');
  });

  it('calls a configuration under another name what it is', () => {
    const { 'edge.yaml': old = '', ...others } = fleet;
    const renamed = { ...others, 'edge.yaml': old.replace('name: edge\n', 'name: front\n') };
    const plan = planOf(fleet, renamed);
    expect(verdictText(plan)).toMatch(/assigned .*no config changes/);
    expect(
      plan.configurations.map(({ name, diff, rollout }) => [name, diff.added, diff.removed, rollout]),
    ).toEqual([
      ['edge', 0, 0, false],
      ['front', 0, 0, true],
    ]);
    expect(plan.changes.filter(({ action }) => action !== 'unchanged')).toMatchObject([
      { key: 'Configuration/edge', action: 'delete', renamedTo: 'Configuration/front' },
      { key: 'Configuration/front', action: 'create', renamedFrom: 'Configuration/edge' },
    ]);
  });

  it('says that a change is where it cannot be shown', () => {
    const unknown = (level: number): Files => ({
      ...fleet,
      'edge.yaml': configuration('edge', ['in', 'odd']),
      'odd.yaml': doc(
        'Source',
        'odd',
        `type: acme_widgets\nparameters:\n  - name: level\n    value: ${level}`,
      ),
    });
    expect(verdict(unknown(2), unknown(1))).toContain(
      '1 workload gets a different config · edge where it cannot be shown',
    );
  });

  it('says that only a secret changes, and never that nothing does', () => {
    const secret = (value: string): Files => ({
      ...fleet,
      'out.yaml': doc(
        'Destination',
        'out',
        `type: honeycomb\nparameters:\n  - name: api_key\n    value: ${value}`,
      ),
    });
    expect(verdict(secret('your-second-key'), secret('your-first-key'))).toBe(
      '🟡 1 workload gets a different config · edge, a secret value changes · medium risk',
    );
  });

  it('says who had what is deleted', () => {
    const { 'edge.yaml': _edge, 'fleet.yaml': _fleet, ...rest } = fleet;
    expect(verdict(rest)).toMatch(/^🟡 1 workload loses edge · .*deleted/);
  });

  it('tells apart that nobody is known and that nobody is there', () => {
    const { 'agent.yaml': _agent, ...nobody } = fleet;
    const changed = doc('Source', 'in', 'type: otlp\nparameters:\n  - name: grpc_port\n    value: 4319');
    expect(verdict({ ...nobody, 'in.yaml': changed }, nobody)).toBe(
      '🟡 edge changes, no agent is known to get it · medium risk',
    );
    const context = { context: { agents: [] } };
    expect(verdictText(planOf(nobody, { ...nobody, 'in.yaml': changed }, context))).toBe(
      '⚪ edge changes, no agent matches it',
    );
  });

  it('does not call a plan green that a server was not asked for, or renders otherwise', () => {
    const changed = {
      ...fleet,
      'in.yaml': doc('Source', 'in', 'type: otlp\nparameters:\n  - name: grpc_port\n    value: 4319'),
    };
    const verification = { equal: 1, compared: 2, different: ['edge'] };
    const plan = planOf(fleet, changed, { server: serverWith(fleet, { verification }) });
    expect(verdictText(plan)).toMatch(/^🟡 .* · the server renders 1 otherwise$/);
    expect(plan.incompleteReasons).toEqual([expect.stringContaining(': edge')]);
    expect(verdictText({ ...planOf(fleet, changed), unasked: true })).toMatch(
      /^🟡 .* · the server could not be asked$/,
    );
  });

  it('names what is deleted, as far as a line has room', () => {
    const spare = (count: number): Files => ({
      ...fleet,
      ...Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `spare-${index}.yaml`,
          doc(
            'Source',
            `spare-${index}`,
            `type: otlp\nparameters:\n  - name: grpc_port\n    value: ${index + 5000}`,
          ),
        ]),
      ),
    });
    expect(verdict(fleet, spare(2))).toBe(
      '🟢 No agent gets a different config · Source spare-0, Source spare-1 deleted',
    );
    expect(verdict(fleet, spare(3))).toContain(' · 3 resources deleted');
  });
});
