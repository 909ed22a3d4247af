import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../src/core/plan/plan.ts';
import { hasMarker, markerPrefix } from '../../../src/core/report/marker.ts';
import { planComment, planSubject } from '../../../src/core/report/plan-comment.ts';
import { byteLength } from '../../../src/core/report/untrusted.ts';
import {
  configDiff,
  configurationPlan,
  effectiveConfig,
  finding,
  place,
  plan,
  resource,
} from '../../support/values.ts';
import { good, incident, incidentContext, quiet } from './incident.ts';

const body = (...args: Parameters<typeof planComment>): string => planComment(...args).body;

describe('the comment of a plan', () => {
  it('of the incident', async () => {
    await expect(body(incident(), incidentContext)).toMatchFileSnapshot('golden/plan-comment.md');
  });

  it('of a change without effect', async () => {
    const context = { ...incidentContext, changedFiles: 3 };
    await expect(body(quiet(), context)).toMatchFileSnapshot('golden/plan-comment-quiet.md');
  });

  it('of a good change without a server', async () => {
    await expect(body(good(), {})).toMatchFileSnapshot('golden/plan-comment-good.md');
  });

  it('says verdict and reach in the first 80 characters after the marker', () => {
    const [first = '', second = ''] = body(incident(), incidentContext).split('\n');
    expect(first).toMatch(/^<!-- collie:plan v1 key=default head=a1b2c3d/);
    expect(second.slice(0, 80)).toContain('2 of 3 agents will refuse this · `shop-node`');
  });

  it('is the same text for the same plan', () => {
    expect(body(incident(), incidentContext)).toBe(body(incident(), incidentContext));
  });

  it('puts the place on the added line that the finding is about, and on no other', () => {
    const marked = body(incident(), incidentContext)
      .split('\n')
      .filter((line) => line.includes('# ←'));
    expect(marked).toEqual([expect.stringMatching(/^\+ +k8s\.pod\.volume\.usage: +# ← sources\.yaml:35$/)]);
  });

  it('links a place to its line at the head commit, not at a branch', () => {
    const text = body(incident(), incidentContext);
    expect(text).toContain(`blob/${incidentContext.headSha ?? ''}/bindplane/sources.yaml#L35`);
    expect(text).not.toContain('blob/main');
  });

  it('has no links without a repository, or when its address is no web address', () => {
    expect(body(incident(), {})).not.toContain('](');
    expect(body(incident(), { headSha: 'a'.repeat(40), repositoryUrl: 'javascript:alert(1)' })).not.toContain(
      '](',
    );
  });

  it('shows a diff open up to twelve changed lines and closed beyond', () => {
    const withLines = (count: number): string => {
      const lines = Array.from({ length: count }, (_, index) => `+key${index}: 1`);
      const text = lines.map((line) => line.slice(1)).join('\n');
      const one = configurationPlan('one', {
        after: effectiveConfig('one', text),
        diff: configDiff(lines),
        rollout: true,
      });
      return body(plan({ configurations: [one] }), {});
    };
    expect(withLines(12)).toContain('<details open><summary><b><code>one</code>');
    expect(withLines(13)).toContain('<details><summary><b><code>one</code>');
  });

  it('shows the same change of several configurations once, with their names', () => {
    const configurations = ['b', 'a', 'c'].map((name) =>
      configurationPlan(name, {
        after: effectiveConfig(name, 'x: 1\n'),
        diff: configDiff(['+x: 1']),
        reach: { count: 2, unit: 'agents' },
        rollout: true,
      }),
    );
    const text = body(plan({ configurations }), {});
    expect(text.split('```diff')).toHaveLength(2);
    expect(text).toContain(
      'same change in 3 configurations</b> · effective collector config +1 −0 · 6 agents',
    );
    expect(text).toContain('`a`, `b`, `c`');
    expect(text).toContain('🟢 6 agents get a different config · 3 configurations');
  });

  it('shows the keys above a hunk that begins in the middle', () => {
    const text =
      'receivers:\n    otlp:\n        protocols:\n            grpc:\n                endpoint: 0.0.0.0:4317\n';
    const one = configurationPlan('one', {
      after: effectiveConfig('one', text),
      diff: configDiff(
        ['-                endpoint: 127.0.0.1:4317', '+                endpoint: 0.0.0.0:4317'],
        5,
      ),
    });
    const drawn = body(plan({ configurations: [one] }), {});
    expect(drawn).toContain(' receivers:\n     otlp:\n         protocols:\n             grpc:\n-  ');
  });

  it('tells a change that nobody is known to receive apart from no change', () => {
    const one = configurationPlan('one', {
      after: effectiveConfig('one', 'x: 1\n'),
      diff: configDiff(['+x: 1']),
    });
    expect(body(plan({ configurations: [one] }), {})).toContain('`one` is new, no agent matches it');
    expect(body(plan(), {})).toContain('### ⚪ No changes');
  });

  it('is red for what cannot be applied and yellow for warnings only', () => {
    const error = finding({
      severity: 'error',
      rule: 'BPR-003',
      message: 'Source `x` does not exist',
      at: place('a.yaml', 3),
    });
    const red = body(plan({ applyable: false, findings: [error] }), {});
    expect(red).toContain('### 🔴 This cannot be applied: 1 error');
    expect(red).toContain('> [!CAUTION]');
    const yellow = body(plan({ findings: [finding({ at: place('a.yaml', 3) })] }), {});
    expect(yellow).toContain('### 🟡');
    expect(yellow).toContain('> [!WARNING]');
  });

  it('puts what is deleted and then what fails at the top of the table', () => {
    const text = body(
      plan({
        changes: [
          { action: 'create', key: 'Source/new', after: resource('Source/new'), fields: [] },
          { action: 'delete', key: 'Destination/old', before: resource('Destination/old'), fields: [] },
          {
            action: 'update',
            key: 'Processor/bad',
            after: resource('Processor/bad', { file: 'p.yaml', lines: [5, 9] }),
            fields: ['spec.parameters[x]'],
          },
        ],
        findings: [finding({ severity: 'error', at: place('p.yaml', 7) })],
      }),
      {},
    );
    const rows = [...text.matchAll(/^\| (?:🔴 )?(\w+) /gm)].map(([, kind]) => kind);
    expect(rows).toEqual(['Resource', 'Destination', 'Processor', 'Source']);
    expect(text).toContain('Destination `old` deleted');
  });

  it('names what a step waits for, without what those wait for themselves', () => {
    const step = (id: string, ...after: string[]): Plan['steps'][number] => ({
      id,
      kind: 'external',
      text: `do ${id}`,
      after,
    });
    const steps = [step('a'), step('b'), step('c', 'a'), step('d', 'a', 'c'), step('e', 'a', 'b', 'c', 'd')];
    const drawn = [...body(plan({ steps }), {}).matchAll(/^\d\. (.*)$/gm)].map(([, text]) => text);
    expect(drawn).toEqual(['do a', 'do b', 'do c after 1', 'do d after 3', 'do e after 2, 4']);
  });

  it('says in the last line what was not checked', () => {
    const text = body(good(), {});
    expect(text.trimEnd().split('\n').at(-1)).toContain('not checked: no control plane');
  });
});

describe('the budget of a comment', () => {
  const many = plan({
    configurations: Array.from({ length: 60 }, (_, index) => {
      const lines = Array.from({ length: 200 }, (_, line) => `+key-${index}-${line}: value`);
      return configurationPlan(`configuration-${index}`, {
        after: effectiveConfig(`configuration-${index}`, lines.map((line) => line.slice(1)).join('\n')),
        diff: configDiff(lines),
        reach: { count: 3, unit: 'agents' },
        rollout: true,
      });
    }),
    findings: Array.from({ length: 300 }, (_, index) =>
      finding({ message: `thing ${index}`, at: place(`file-${index}.yaml`, index + 1) }),
    ),
  });

  it.each([60_000, 20_000, 5000, 2000])('keeps %i bytes and says what was left out', (budgetBytes) => {
    const { body: text, cuts } = planComment(many, { budgetBytes, fullPlanUrl: 'https://ci.example/1' });
    expect(byteLength(text)).toBeLessThanOrEqual(budgetBytes);
    expect(cuts.length).toBeGreaterThan(0);
    // What a later cut took more of is told once.
    expect(text).toMatch(/✂ Left out to fit: [^_]+\._/);
    expect(text).toContain(cuts.at(-1));
    expect(text.split('diffs').length - 1).toBeLessThanOrEqual(2);
    expect(text).toContain('[full plan](https://ci.example/1)');
    expect(text).toContain('180 agents get a different config · 60 configurations · 300 warnings');
  });

  it('sheds in a fixed order: less budget takes the same things and more', () => {
    const cuts = [60_000, 20_000, 5000].map((budgetBytes) => planComment(many, { budgetBytes }).cuts);
    expect(cuts[1]?.slice(0, cuts[0]?.length)).toEqual(cuts[0]);
    expect(cuts[2]?.slice(0, cuts[1]?.length)).toEqual(cuts[1]);
  });

  it('cuts nothing that fits', () => {
    expect(planComment(incident(), incidentContext).cuts).toEqual([]);
  });
});

describe('the marker', () => {
  const sign = (text: string): string => `mac-of-${text.length}`;

  it('is found at every head commit', () => {
    const text = body(incident(), incidentContext);
    expect(hasMarker(text, { ...planSubject(incidentContext), headSha: 'f'.repeat(40) })).toBe(true);
    expect(text.startsWith(markerPrefix(planSubject(incidentContext)))).toBe(true);
  });

  it('SEC-23: with a key, a pasted or edited marker is nobody’s', () => {
    const signed = { ...incidentContext, sign };
    const text = body(incident(), signed);
    expect(hasMarker(text, planSubject(signed), sign)).toBe(true);
    expect(hasMarker(body(incident(), incidentContext), planSubject(signed), sign)).toBe(false);
    expect(hasMarker(text.replace('head=a1', 'head=a1a1'), planSubject(signed), sign)).toBe(false);
    expect(hasMarker(text, { ...planSubject(signed), pullRequest: 43_000 }, sign)).toBe(false);
  });

  it('cannot be closed by its key', () => {
    const [first = ''] = body(incident(), { key: '--> <b>x</b>' }).split('\n');
    expect(first.indexOf('-->')).toBe(first.length - 3);
  });
});
