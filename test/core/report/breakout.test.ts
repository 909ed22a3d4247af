import type { Root } from 'mdast';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/core/document/finding.ts';
import type { Plan } from '../../../src/core/plan/plan.ts';
import type { CommentContext } from '../../../src/core/report/comment-context.ts';
import { planComment } from '../../../src/core/report/plan-comment.ts';
import type { Redactor } from '../../../src/core/report/redact.ts';
import { rolloutComment } from '../../../src/core/report/rollout-comment.ts';
import { visibleLine } from '../../../src/core/report/untrusted.ts';
import {
  configDiff,
  configurationPlan,
  effectiveConfig,
  place,
  plan,
  resource,
  rolloutView,
} from '../../support/values.ts';
import { hostileSupply } from './hostile.ts';
import { difference, liveText, placeholder, readMarkdown, type Filling, type Hole } from './same-shape.ts';

/**
 * SEC-20, SEC-21: hostile strings through whole comments, each in every place where text from outside enters. `npm test` runs a small share;
 * `COLLIE_LAWS=full npx vitest run test/core/report/breakout.test.ts` runs 100,000 and says how long it took.
 */
const IS_FULL = process.env['COLLIE_LAWS'] === 'full';
const STRINGS = IS_FULL ? 100_000 : 3000;
const SEED = Number(process.env['COLLIE_SEED'] ?? 20_240_229);

/** Without redaction, so that every character that goes in has to come out. */
const ASIS: Redactor = { text: (text) => text, data: (value) => value, learn: () => undefined };

/** Gives a string for each hole, in order. */
type Fill = (kind?: Hole) => string;

function finding(severity: Finding['severity'], fill: Fill): Finding {
  return {
    rule: fill(),
    severity,
    message: fill('message'),
    otelcolMessage: fill(),
    at: place(fill(), 3),
    related: [{ message: fill('message'), at: place(fill(), 5) }],
    fixes: [{ title: fill('message'), at: place(fill(), 7) }, { title: fill('message') }],
  };
}

function hostilePlan(fill: Fill): Plan {
  const error = { ...finding('error', fill), configuration: 'Configuration/first' };
  const name = fill();
  const other = fill();
  const diff = (): string[] => [` ${block(fill())}`, `-${block(fill())}`, `+${block(fill())}`];
  return plan({
    changes: [
      { action: 'create', key: `Source/${fill()}`, after: resource('Source/a'), fields: [] },
      {
        action: 'update',
        key: `Destination/${fill()}`,
        before: resource('Destination/a'),
        after: resource('Destination/a'),
        fields: [fill(), fill(), fill(), fill()].map((text) => `x${text}`),
      },
      {
        action: 'update',
        key: `Processor/${fill()}`,
        before: resource('Processor/a', { spec: { processors: [{ name: 'gone' }] } }),
        after: resource('Processor/a', { spec: { processors: [{ name: `x${fill()}` }] } }),
        fields: ['spec.processors'],
      },
      { action: 'delete', key: `Extension/${fill()}`, before: resource('Extension/a'), fields: [] },
    ],
    configurations: [
      configurationPlan(name, {
        key: 'Configuration/first',
        after: effectiveConfig(name, 'a: 1\n'),
        diff: configDiff(diff()),
        reach: { count: 2, unit: 'agents' },
        target: {
          configuration: 'Configuration/first',
          fleets: [`Fleet/${fill()}`],
          workloads: [],
        },
        refusals: [{ name: fill(), version: fill('text'), finding: error }],
        rollout: true,
      }),
      configurationPlan(other, {
        key: 'Configuration/second',
        after: effectiveConfig(other, 'b: 1\n'),
        diff: configDiff(diff()),
        reach: { count: 1, unit: 'agents' },
        rollout: true,
      }),
    ],
    steps: [
      {
        id: 'a',
        kind: 'external',
        text: fill('message'),
        command: `kubectl ${fill()}`,
        after: [],
        at: place(fill(), 2),
      },
      { id: 'b', kind: 'apply', action: '+', resource: `Source/${fill()}`, text: '', after: ['a'] },
      { id: 'c', kind: 'rollout', configuration: name, text: `roll out ${name}`, after: ['b'] },
    ],
    findings: [error, finding('warning', fill), finding('notice', fill)],
    complete: false,
    incompleteReasons: [fill('message'), fill('message')],
    topology: {
      nodes: [
        { id: 'a', kind: 'source', label: fill() },
        { id: 'b', kind: 'configuration', label: fill(), reach: { count: 1, unit: 'agents' } },
      ],
      edges: [{ from: 'a', to: 'b', kind: 'feeds', change: 'added' }],
    },
  });
}

/** A config's text has no line feeds within a line. */
function block(text: string): string {
  return text.replaceAll(/[\r\n]/g, ' ');
}

const SHA = 'a1b2c3d4e5f60718293a4b5c6d7e8f9012345678';
const CONTEXT: CommentContext = {
  repositoryUrl: 'https://github.com/plant/telemetry',
  repository: 'plant/telemetry',
  pullRequest: 12,
  headSha: SHA,
  baseSha: SHA,
  fullPlanUrl: 'https://github.com/plant/telemetry/actions/runs/7',
  commands: true,
  budgetBytes: 1_000_000,
  redaction: ASIS,
};

function planBody(fill: Fill): string {
  const context = { ...CONTEXT, baseRef: fill(), key: fill() };
  return planComment(hostilePlan(fill), context).body;
}

function rolloutBody(fill: Fill): string {
  const cause = finding('error', fill);
  const view = rolloutView({
    configuration: fill(),
    state: 'rolled-back',
    fromVersion: 3,
    toVersion: 4,
    waves: [
      { name: fill('text'), agents: 2, applied: 0, refused: 1, restored: 0, pending: 1, note: fill('text') },
      { name: fill('text'), agents: 2, applied: 0, refused: 0, restored: 0, pending: 2, note: fill('text') },
    ],
    totals: { agents: 4, offered: 1, applied: 0, refused: 1, restored: 1, neverSaw: 3 },
    errors: [
      {
        message: `x${fill()}`,
        agents: [
          { name: fill(), version: fill('text') },
          { name: fill(), version: '', note: fill('text') },
        ],
        findings: [cause],
      },
      { message: `x${fill()}`, agents: [{ name: fill(), version: '' }], findings: [] },
    ],
    timeline: [{ at: `x${fill()}`, text: fill('message') }],
  });
  return rolloutComment(view, { ...CONTEXT, predicted: [{ ...cause, rule: fill() }] }).body;
}

/** What is wrong with a comment, and the comment; nothing when nothing is. */
type Fault = string | undefined;

function faultOf(template: Root, body: string, filling: Filling): Fault {
  const drawn = readMarkdown(body);
  const differs = difference(template, drawn, filling);
  if (differs !== undefined) return `${JSON.stringify(differs, null, 1)}\n${body}`;
  const live = liveText(drawn);
  return live.length === 0 ? undefined : `live on GitHub: ${JSON.stringify(live)}\n${body}`;
}

/** Draws a comment with placeholders and then with strings, until `count` strings went through it. */
function run(
  draw: (fill: Fill) => string,
  next: () => string,
  count: number,
): { readonly strings: number; readonly places: number; readonly fault: Fault } {
  const holes: Hole[] = [];
  const template = readMarkdown(
    draw((kind = 'text') => {
      holes.push(kind);
      return placeholder(holes.length - 1);
    }),
  );
  let done = 0;
  let fault: Fault;
  while (done < count && fault === undefined) {
    const strings: string[] = [];
    const body = draw((kind) => {
      const text = next();
      // Nothing has no place in a sentence.
      strings.push(kind !== undefined && visibleLine(text) === '' ? 'x' : text);
      return strings.at(-1) ?? '';
    });
    fault = faultOf(template, body, { strings, holes });
    done += strings.length;
  }
  return { strings: done, places: holes.length, fault };
}

describe('SEC-20, SEC-21: hostile strings in every place of a comment', () => {
  it('are each one code node or text, and nothing else changes', { timeout: 900_000 }, () => {
    const next = hostileSupply(SEED);
    const started = performance.now();
    const plans = run(planBody, next, STRINGS * 0.7);
    const rollouts = run(rolloutBody, next, STRINGS * 0.3);
    const seconds = (performance.now() - started) / 1000;
    const strings = plans.strings + rollouts.strings;
    if (IS_FULL) {
      process.stdout.write(
        `${strings} hostile strings in ${plans.places + rollouts.places} places, seed ${SEED}, ${seconds.toFixed(1)} s\n`,
      );
    }
    expect([plans.fault, rollouts.fault]).toEqual([undefined, undefined]);
    expect(strings).toBeGreaterThanOrEqual(STRINGS);
  });
});
