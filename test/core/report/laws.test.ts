import * as fc from 'fast-check';
import type { Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/core/document/finding.ts';
import type { Plan } from '../../../src/core/plan/plan.ts';
import type { RolloutView } from '../../../src/core/rollout/view.ts';
import { ROLLOUT_STATES } from '../../../src/core/rollout/view.ts';
import { workflowCommands } from '../../../src/core/report/annotations.ts';
import { lintText } from '../../../src/core/report/lint-text.ts';
import { planComment } from '../../../src/core/report/plan-comment.ts';
import { rolloutComment } from '../../../src/core/report/rollout-comment.ts';
import { planTerminal } from '../../../src/core/report/terminal.ts';
import { byteLength } from '../../../src/core/report/untrusted.ts';
import {
  configDiff,
  configurationPlan,
  effectiveConfig,
  plan,
  resource,
  rolloutView,
} from '../../support/values.ts';
import { LAW_TIMEOUT_MS, hostileText, runs } from './hostile.ts';

/** Whole reports made of hostile text in every place that comes from outside. */
const hostileFinding: fc.Arbitrary<Finding> = fc.record({
  rule: hostileText,
  severity: fc.constantFrom('error', 'warning', 'notice'),
  message: hostileText,
  otelcolMessage: hostileText,
  at: fc.record({
    file: hostileText,
    line: fc.integer({ min: 1, max: 9 }),
    column: fc.constant(1),
    endLine: fc.constant(9),
    endColumn: fc.constant(2),
  }),
  fixes: fc.array(fc.record({ title: hostileText }), { maxLength: 2 }),
});

const hostilePlan: fc.Arbitrary<Plan> = fc
  .record({
    name: hostileText,
    text: hostileText,
    findings: fc.array(hostileFinding, { maxLength: 3 }),
    refusal: hostileFinding,
    command: hostileText,
    reason: hostileText,
  })
  .map(({ name, text, findings, refusal, command, reason }) =>
    plan({
      changes: [
        { action: 'update', key: `Source/${name}`, after: resource(`Source/${name}`), fields: [text] },
        { action: 'delete', key: `Destination/${name}`, before: resource(`Destination/${name}`), fields: [] },
      ],
      configurations: [
        configurationPlan(name, {
          after: effectiveConfig(name, text),
          diff: configDiff(text.split('\n').map((one) => `+${one}`)),
          reach: { count: 1, unit: 'agents' },
          refusals: [{ name, version: text, finding: refusal }],
          rollout: true,
        }),
      ],
      steps: [{ id: 'a', kind: 'external', text, command, after: [] }],
      findings,
      complete: false,
      incompleteReasons: [reason],
    }),
  );

const hostileRollout: fc.Arbitrary<RolloutView> = fc
  .record({
    configuration: hostileText,
    state: fc.constantFrom(...ROLLOUT_STATES),
    engine: fc.constantFrom('collie', 'bindplane'),
    message: hostileText,
    name: hostileText,
    note: hostileText,
    findings: fc.array(hostileFinding, { maxLength: 2 }),
  })
  .map(({ configuration, state, engine, message, name, note, findings }) =>
    rolloutView({
      configuration,
      state,
      engine,
      waves: [{ name, agents: 2, applied: 1, refused: 1, restored: 0, pending: 0, note }],
      totals: { agents: 2, offered: 2, applied: 1, refused: 1, restored: 0, neverSaw: 0 },
      errors: [{ message, agents: [{ name, version: note, note: message }], findings }],
      timeline: [{ at: name, text: note }],
      reason: message,
      gates: {
        total: 3,
        ran: [{ title: 'Config refused', verdict: 'fail', evidence: note }],
        missing: [{ titles: [name], why: message }],
      },
      undo: {
        of: 1,
        version: 3,
        agents: 2,
        applied: 1,
        refused: 0,
        missing: [name],
        ...(note.length > 4 ? { obstacle: note } : {}),
      },
    }),
  );

const repositoryUrl = 'https://github.com/shop/fleet';

function nodes(tree: Nodes): readonly Nodes[] {
  return 'children' in tree ? [tree, ...tree.children.flatMap(nodes)] : [tree];
}

/** Raw HTML that we write ourselves: the marker, collapsed parts with escaped names, small print. */
const OURS =
  /^(?:<!-- collie:(?:plan|rollout) v1 key=[\w.~!*'()%]+ head=[\w%]+ -->|<details(?: open)?><summary>(?:[^<>]|<\/?b>|<\/?code>)*<\/summary>|<\/details>|<\/?sub>)$/;

/** What of a comment's tree is not ours. */
function escapes(body: string): readonly string[] {
  return nodes(fromMarkdown(body)).flatMap((node) => {
    if (node.type === 'html') return OURS.test(node.value) ? [] : [node.value];
    if (node.type === 'link') return node.url.startsWith(`${repositoryUrl}/`) ? [] : [node.url];
    if (node.type === 'text') return /@\w|#\d|\bGH-\d|:\/\/|www\.\w/i.test(node.value) ? [node.value] : [];
    return ['image', 'imageReference', 'linkReference', 'definition', 'thematicBreak'].includes(node.type)
      ? [node.type]
      : [];
  });
}

describe('a report made of hostile text', () => {
  it(
    'has no HTML, link, image or mention that is not ours: plans',
    () => {
      fc.assert(
        fc.property(hostilePlan, (value) => {
          expect(escapes(planComment(value, { repositoryUrl, headSha: 'a'.repeat(40) }).body)).toEqual([]);
        }),
        runs(60),
      );
    },
    LAW_TIMEOUT_MS,
  );

  it(
    'has no HTML, link, image or mention that is not ours: rollouts',
    () => {
      fc.assert(
        fc.property(hostileRollout, (view) => {
          expect(escapes(rolloutComment(view, { repositoryUrl, headSha: 'a'.repeat(40) }).body)).toEqual([]);
        }),
        runs(60),
      );
    },
    LAW_TIMEOUT_MS,
  );

  it(
    'keeps its budget, whatever it is',
    () => {
      fc.assert(
        fc.property(
          hostilePlan,
          hostileRollout,
          fc.integer({ min: 300, max: 20_000 }),
          (value, view, budgetBytes) => {
            expect(byteLength(planComment(value, { budgetBytes }).body)).toBeLessThanOrEqual(budgetBytes);
            expect(byteLength(rolloutComment(view, { budgetBytes }).body)).toBeLessThanOrEqual(budgetBytes);
          },
        ),
        runs(40),
      );
    },
    LAW_TIMEOUT_MS,
  );

  it(
    'sends no control character to a terminal or a runner',
    () => {
      fc.assert(
        fc.property(hostilePlan, (value) => {
          for (const text of [
            planTerminal(value),
            lintText(value.findings),
            workflowCommands(value.findings).join('\n'),
          ]) {
            expect(text).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
          }
          for (const command of workflowCommands(value.findings)) {
            expect(command).toMatch(/^::(?:error|warning|notice) /);
          }
        }),
        runs(60),
      );
    },
    LAW_TIMEOUT_MS,
  );
});
