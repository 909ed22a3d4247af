import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../src/core/document/limits.ts';
import type { Agent } from '../../../../src/core/fleet/agent.ts';
import { RISKS } from '../../../../src/core/plan/risk/index.ts';
import { base, configuration, doc, type Files, planOf, workload } from '../support.ts';
import { BASE, edited, raw, risks } from './raw-configs.ts';

describe('members', () => {
  it('have ids and summaries of their own', () => {
    expect(new Set(RISKS.map(({ id }) => id)).size).toBe(RISKS.length);
    for (const { id, summary } of RISKS) {
      expect(id).toMatch(/^RSK-\d{3}$/);
      expect(summary).toMatch(/^[A-Z].*[^.]$/);
    }
  });

  it('say nothing of a config that does not change, and of a comment', () => {
    expect(planOf(raw(BASE), raw(BASE)).risk).toEqual({ level: 'none', reasons: [] });
    expect(risks(`${BASE}# more words\n`)).toEqual([]);
  });
});

describe('the risk of a plan', () => {
  it('is the worst of findings and reasons, which come worst first', () => {
    const { risk } = planOf(
      raw(BASE),
      raw(edited([/traces: .*/.exec(BASE)?.[0] ?? '', ''], ['two:4317', 'three:4317'])),
    );
    expect(risk.level).toBe('high');
    expect(risk.reasons.map(({ level }) => level)).toEqual(['high', 'medium']);
    const warned = planOf(raw(BASE), {
      ...raw(`${BASE}# more\n`),
      'unused.yaml': doc('Source', 'unused', 'type: otlp'),
    });
    expect(warned.findings.map(({ severity }) => severity)).toEqual(['warning']);
    expect(warned.risk.level).toBe('medium');
  });

  it('is low where agents get another config, none where nobody does', () => {
    expect(planOf(raw(BASE), raw(edited(['400', '500']))).risk.level).toBe('low');
    const nobody: readonly Agent[] = [];
    const { 'edge.yaml': before = '' } = raw(BASE);
    const { 'edge.yaml': after = '' } = raw(edited(['two:4317', 'three:4317']));
    const plan = planOf({ 'edge.yaml': before }, { 'edge.yaml': after }, { context: { agents: nobody } });
    expect(plan.risk).toEqual({ level: 'none', reasons: [] });
  });

  it('has a place for each reason: the component, else the configuration', () => {
    const { risk } = planOf(
      raw(BASE),
      raw(edited(['two:4317', 'three:4317'], ['[filelog/app, otlp/in]', '[otlp/in]'])),
    );
    expect(risk.reasons.map(({ rule, at }) => `${rule} ${at?.file}:${at?.line}`)).toEqual([
      'RSK-001 edge.yaml:4',
      'RSK-002 edge.yaml:15',
    ]);
  });

  it('says the same of each configuration that a shared resource changes', () => {
    const shared = (host: string): Files => ({
      ...base,
      'out.yaml': doc(
        'Destination',
        'out',
        `type: otlp_grpc\nparameters:\n  - name: hostname\n    value: ${host}`,
      ),
      'core.yaml': configuration('core', ['in']),
    });
    const reasons = planOf(shared('a'), shared('b')).risk.reasons.filter(({ rule }) => rule === 'RSK-002');
    expect(reasons.map(({ configuration: key }) => key)).toEqual([
      'Configuration/core',
      'Configuration/edge',
    ]);
    expect(new Set(reasons.map(({ message }) => message)).size).toBe(1);
  });

  it('does not follow more ways of data than the limit', () => {
    const many = Math.ceil(Math.sqrt(LIMITS.risk.flows)) + 1;
    const ids = (name: string): readonly string[] =>
      Array.from({ length: many }, (_, index) => `nop/${name}${index}`);
    const config = (receivers: readonly string[]): string =>
      `receivers:\n${ids('r')
        .map((id) => `  ${id}:\n`)
        .join('')}exporters:\n${ids('e')
        .map((id) => `  otlp${id.slice(3)}: {endpoint: "${id.slice(4)}:1"}\n`)
        .join('')}service:\n  pipelines:\n    logs: {receivers: [${receivers.join(', ')}], exporters: [${ids(
        'e',
      )
        .map((id) => `otlp${id.slice(3)}`)
        .join(', ')}]}\n`;
    expect(risks(config(ids('r').slice(1)), config(ids('r')))).toEqual([]);
  });
});

describe('a text that means the same', () => {
  const reworded = (after: string, before: string = BASE): readonly string[] | undefined =>
    planOf(raw(before), raw(after)).configurations[0]?.reworded;

  it.each([
    ['a comment', [['batch:', 'batch: # all']], ['layout']],
    ['another order', [['[filelog/app, otlp/in]', '[otlp/in, filelog/app]']], ['order']],
    ['another id', [['otlp/two', 'otlp/zwei']], ['names']],
  ] as const)('%s', (_what, edits, words) => {
    expect(reworded(edited(...edits))).toEqual(words);
  });

  it('is not claimed of new type names that the agents may not know', () => {
    const renamed = edited(['otlp/two', 'otlp_grpc/two']);
    const at = (version: string, config: string): Files => ({
      ...raw(config),
      'agent.yaml': workload('edge', 'configuration=edge', `ghcr.io/observiq/bindplane-agent:${version}`),
    });
    const claimed = (version: string): readonly string[] | undefined =>
      planOf(at(version, BASE), at(version, renamed)).configurations[0]?.reworded;
    expect(claimed('1.94.0')).toEqual(['names']);
    expect(claimed('1.80.1')).toBeUndefined();
    expect(claimed('latest')).toBeUndefined();
  });

  it('is not claimed where offsets are lost by a name', () => {
    expect(reworded(edited(['filelog/app', 'filelog/other']))).toBeUndefined();
  });

  it('is not claimed where more agents get it', () => {
    const before = raw(BASE, 'configuration: edge, site: x');
    const after = raw(`${BASE}# more\n`);
    expect(planOf(before, after).configurations[0]?.reworded).toBeUndefined();
  });

  it('is not claimed of what cannot be rendered or read', () => {
    const odd = (name: string): Files => ({
      ...base,
      'in.yaml': doc('Source', 'in', `type: unheard_of\nparameters:\n  - name: ${name}\n    value: 1`),
    });
    const [unrendered] = planOf(odd('a'), odd('b')).configurations;
    expect(unrendered?.semantic).toMatchObject({ complete: false });
    expect(unrendered?.reworded).toBeUndefined();
    expect(reworded('- no: map', '- no: map # either')).toBeUndefined();
  });
});
