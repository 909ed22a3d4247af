import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/core/document/limits.ts';
import type { ConfigurationPlan, Plan } from '../../../src/core/plan/plan.ts';
import type { RiskReason } from '../../../src/core/plan/risk/plan-risk.ts';
import { jsonText } from '../../../src/core/report/json-text.ts';
import { planComment } from '../../../src/core/report/plan-comment.ts';
import { planJson } from '../../../src/core/report/plan-json.ts';
import { planTerminal } from '../../../src/core/report/terminal.ts';
import { verdictText } from '../../../src/core/report/verdict.ts';
import { folderView, textsBelow, builtInTypes } from '../../support/repository.ts';
import { builtInCatalogue } from '../../support/catalogue.ts';
import { buildPlan } from '../../../src/core/plan/build-plan.ts';
import { loadRepository } from '../../../src/core/resources/load.ts';
import { viewOf } from '../../../src/core/resources/view.ts';
import { agent, configDiff, configurationPlan, effectiveConfig, place, plan } from '../../support/values.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const context = { repositoryUrl: 'https://github.com/shop/fleet', headSha: 'a1b2c3d4' };

function rolled(name: string, more: Partial<ConfigurationPlan> = {}): ConfigurationPlan {
  return configurationPlan(name, {
    before: effectiveConfig(name, 'a: 1\n'),
    after: effectiveConfig(name, 'a: 2\n'),
    diff: configDiff(['-a: 1', '+a: 2']),
    target: {
      configuration: `Configuration/${name}`,
      fleets: [],
      workloads: [],
      agents: [agent(name, '1.86.0')],
    },
    reach: { count: 1, unit: 'agents' },
    rollout: true,
    ...more,
  });
}

function because(level: RiskReason['level'], message: string, name = 'edge', rule = 'RSK-001'): RiskReason {
  return { rule, level, message, configuration: `Configuration/${name}`, at: place('edge.yaml', 4) };
}

function risky(reasons: readonly RiskReason[], names: readonly string[] = ['edge']): Plan {
  return plan({
    configurations: names.map((name) => rolled(name)),
    risk: { level: reasons[0]?.level ?? 'low', reasons },
  });
}

/** The demo's repository with texts replaced, planned against itself. */
function demo(...edits: readonly (readonly [string, string])[]): Plan {
  const folder = join(ROOT, 'app/demo/repository/base');
  const base = folderView(folder);
  const texts = textsBelow(folder).map(({ path, text }) => ({
    path,
    text: edits.reduce((all, [from, to]) => all.split(from).join(to), text),
  }));
  const head = viewOf(loadRepository(texts), { types: builtInTypes() });
  return buildPlan({ base, head, catalogue: builtInCatalogue() });
}

/** A gateway that moves away from its nodes and loses a destination of its own. */
const MOVED = [
  ['value: 4317\n    - name: http_port', 'value: 5317\n    - name: http_port'],
  ['telemetry.shop.example', 'other.shop.example'],
] as const;

describe('the risks of a plan', () => {
  it('stand between the verdict and the resources, worst first, and their losses beside the order', async () => {
    await expect(planComment(demo(...MOVED), context).body).toMatchFileSnapshot(
      'golden/plan-comment-risk.md',
    );
    await expect(planTerminal(demo(...MOVED))).toMatchFileSnapshot('golden/plan-terminal-risk.txt');
  });

  it('are no part where there are none', () => {
    const text = planComment(risky([]), context).body;
    expect(text).not.toMatch(/risk|restart/i);
    expect(verdictText(risky([]))).toMatch(/^🟢/);
  });

  it('make a plan yellow from medium on; what every change costs does not', () => {
    expect(verdictText(risky([because('high', 'a')]))).toMatch(/^🟡 .* · high risk$/);
    expect(verdictText(risky([because('medium', 'a')]))).toMatch(/^🟡 .* · medium risk$/);
    expect(verdictText(risky([because('low', 'a')]))).toMatch(
      /^🟢 1 agent gets a different config · edge \+1 −1$/,
    );
  });

  it('are told once of all configurations they are true of, each with its place', () => {
    const names = Array.from({ length: 400 }, (_, index) => `edge-${index}`);
    const reasons = names.map((name) => because('medium', '`logs` go to `b` instead of `a`', name));
    const text = planComment(risky([...reasons, because('low', '`x` opens', 'edge-7')], names), context).body;
    expect(text).toContain(
      '- 🟡 [`edge.yaml:4`](https://github.com/shop/fleet/blob/a1b2c3d4/edge.yaml#L4) `logs` go to `b` instead of `a` · in 400 configurations `RSK-001`\n',
    );
    expect(text).toContain('`x` opens · `edge-7` `RSK-001`\n');
    expect(planTerminal(risky(reasons, names))).toContain('· in 400 configurations');
  });

  it('are listed as far as people read, and the rest is counted', () => {
    const reasons = Array.from({ length: LIMITS.report.reasons + 3 }, (_, index) =>
      because('medium', `reason ${index}.`),
    );
    const text = planComment(risky(reasons), context).body;
    expect(text).toContain(`reason ${LIMITS.report.reasons - 1}.`);
    expect(text).not.toContain(`reason ${LIMITS.report.reasons}.`);
    expect(text).toContain('\nand 3 more risks\n');
  });

  it('give way to a short budget, told: first the restart, last the list', () => {
    const losses = Array.from({ length: 60 }, (_, index) =>
      because('low', `loss ${index} `.repeat(20), 'edge', 'RSK-009'),
    );
    const reasons = [because('high', 'worst '.repeat(90)), ...losses];
    const some = planComment(risky(reasons), { ...context, budgetBytes: 3000 });
    expect(some.cuts).toEqual(['what the restart loses']);
    expect(some.body).toContain('worst');
    const little = planComment(risky(reasons), { ...context, budgetBytes: 900 });
    expect(little.cuts).toContain('everything but the verdict and the worst finding');
    expect(little.body).toContain('1 risk not listed here.');
    expect(little.body).toContain('high risk');
  });

  it('never tell a secret that stands in an address', () => {
    const reasons = [because('medium', '`logs` go to `https://user:hunter2secret@b` instead of `https://a`')];
    for (const text of [
      planComment(risky(reasons), context).body,
      planTerminal(risky(reasons)),
      jsonText(planJson(risky(reasons))),
    ]) {
      expect(text).not.toContain('hunter2secret');
    }
  });

  it('are data in the form of the schema, with what the change means', () => {
    const validate = new Ajv2020({ strict: true, allErrors: true, strictRequired: false }).compile(
      JSON.parse(readFileSync(join(ROOT, 'schemas', 'plan.schema.json'), 'utf8')) as object,
    );
    const data = planJson(demo(...MOVED));
    validate(JSON.parse(jsonText(data)));
    expect(validate.errors ?? []).toEqual([]);
    expect(data['risk']).toMatchObject({
      level: 'high',
      reasons: [
        { rule: 'RSK-003', level: 'high', place: { file: 'bindplane/sources.yaml', line: 13 } },
        {},
        {},
        {},
      ],
    });
    expect(data['configurations']).toMatchObject([
      {
        semantic: {
          sameBehaviour: false,
          complete: true,
          rewordings: [],
          changes: [
            {
              kind: 'component',
              action: 'changed',
              class: 'receivers',
              id: 'otlp/shop-otlp',
              fields: [{ path: 'protocols.grpc.endpoint', action: 'changed' }],
            },
            {
              kind: 'component',
              action: 'changed',
              class: 'exporters',
              id: 'otlp/shop-backend',
              fields: [{ path: 'endpoint', action: 'changed' }],
            },
            {
              kind: 'listener',
              action: 'moved',
              class: 'receivers',
              id: 'otlp/shop-otlp',
              slot: 'protocols.grpc',
              before: '0.0.0.0:4317',
              after: '0.0.0.0:5317',
            },
            {
              kind: 'destination',
              action: 'moved',
              id: 'otlp/shop-backend',
              before: ['telemetry.shop.example:4317'],
              after: ['other.shop.example:4317'],
            },
          ],
        },
      },
      {},
    ]);
  });
});

describe('texts that mean the same', () => {
  const same = (...names: readonly string[]): Plan =>
    plan({
      configurations: names.map((name) =>
        rolled(name, { reworded: name === 'a' ? ['order'] : ['layout', 'order'] }),
      ),
    });

  it('are called so in the first line, with what differs', () => {
    expect(verdictText(same('a'))).toBe(
      '🟢 1 agent gets another text · a +1 −1 · no behaviour change: lists in another order',
    );
    expect(verdictText(same('a', 'b'))).toBe(
      '🟢 2 agents get another text · 2 configurations · no behaviour change: lists in another order, comments or layout',
    );
    expect(planComment(same('a'), context).body).toContain('· 1 agent · no behaviour change</summary>');
  });

  it('are not, where one of them is not', () => {
    const { configurations } = same('a');
    const mixed = plan({ configurations: [...configurations, rolled('c')] });
    expect(verdictText(mixed)).toBe('🟢 2 agents get a different config · 2 configurations');
  });

  it('are found in a repository: a resource under another name', () => {
    expect(verdictText(demo(['shop-events', 'shop-k8s-events']))).toContain(
      ' · no behaviour change: components under other names',
    );
  });
});
