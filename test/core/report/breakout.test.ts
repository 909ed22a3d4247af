import type { Root } from 'mdast';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/core/document/finding.ts';
import type { ConfigKey } from '../../../src/core/fleet/config-key.ts';
import type { Plan } from '../../../src/core/plan/plan.ts';
import type { RiskReason } from '../../../src/core/plan/risk/plan-risk.ts';
import { RESTART_RULE } from '../../../src/core/plan/risk/restart.ts';
import type { CommentContext } from '../../../src/core/report/comment-context.ts';
import { planComment } from '../../../src/core/report/plan-comment.ts';
import type { Redactor } from '../../../src/core/report/redact.ts';
import { suggestionsOf } from '../../../src/core/report/suggestions.ts';
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
import {
  difference,
  liveText,
  placeholder,
  readMarkdown,
  suggested,
  type Filling,
  type Hole,
} from './same-shape.ts';

/**
 * SEC-20, SEC-21: hostile strings through whole comments, each in every place where text from outside enters. `npm test` runs a small share;
 * `COLLIE_LAWS=full npm test -- test/core/report/breakout.test.ts` runs 100,000 and says how long it took.
 */
const IS_FULL = process.env['COLLIE_LAWS'] === 'full';
const STRINGS = IS_FULL ? 100_000 : 3000;
const SEED = Number(process.env['COLLIE_SEED'] ?? 20_240_229);

/** Without redaction, so that every character that goes in has to come out. */
const ASIS: Redactor = { text: (text) => text, data: (value) => value, learn: () => undefined };

/** Gives a string for each hole, in order. */
type Fill = (kind?: Hole) => string;

/** A finding as a list tells it. */
function finding(severity: Finding['severity'], fill: Fill): Finding {
  return {
    rule: fill(),
    severity,
    message: fill('message'),
    at: place(fill(), 3),
    fixes: [{ title: fill('message'), at: place(fill(), 7) }, { title: fill('message') }],
  };
}

/** A finding as the alert tells it: with what the agent will say, and other places where no refusal names them. */
function worst(fill: Fill, isRefused: boolean): Finding {
  const related = isRefused ? {} : { related: [{ message: fill('message'), at: place(fill(), 5) }] };
  const told = { ...finding('error', fill), otelcolMessage: fill(), configuration: 'Configuration/first' };
  return { ...told, ...related };
}

function risk(level: RiskReason['level'], rule: string, configuration: ConfigKey, fill: Fill): RiskReason {
  // What a restart loses has no place of its own.
  const at = rule === RESTART_RULE ? {} : { at: place(fill(), 9) };
  return { rule, level, message: fill('message'), configuration, ...at };
}

function hostilePlan(fill: Fill, isRefused: boolean): Plan {
  const error = worst(fill, isRefused);
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
        fields: [fill(), fill(), fill(), 'field'].map((text) => `x${text}`),
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
        refusals: isRefused ? [{ name: fill(), version: fill('text'), finding: error }] : [],
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
    risk: {
      level: 'high',
      reasons: (['high', 'medium'] as const).flatMap((level) => [
        risk(level, fill(), 'Configuration/first', fill),
        risk(level, RESTART_RULE, 'Configuration/second', fill),
      ]),
    },
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

function planBody(fill: Fill, isRefused: boolean): string {
  const context = { ...CONTEXT, baseRef: fill(), key: fill() };
  return planComment(hostilePlan(fill, isRefused), context).body;
}

function rolloutBody(fill: Fill): string {
  const cause: Finding = {
    rule: 'agent-refused',
    severity: 'error',
    message: 'not told',
    at: place(fill(), 3),
    fixes: [{ title: fill('message'), at: place(fill(), 7) }, { title: fill('message') }],
  };
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
    reason: fill('message'),
    gates: {
      total: 3,
      ran: [{ title: 'Config refused', verdict: 'fail', evidence: fill('message') }],
      missing: [{ titles: [fill('text')], why: fill('message') }],
    },
    undo: { of: 3, version: 5, agents: 4, applied: 3, refused: 0, missing: [`x${fill()}`] },
  });
  return rolloutComment(view, { ...CONTEXT, predicted: [{ ...cause, rule: fill() }] }).body;
}

/** A fix that writes a hostile line, offered as a suggestion. */
function suggestionBody(fill: Fill): string {
  const message = fill('message');
  const after = suggested(fill('text'));
  const edit = { at: { ...place('a.yaml', 2), endColumn: 4 }, text: after };
  const { suggestions } = suggestionsOf({
    findings: [
      {
        rule: fill(),
        severity: 'error',
        message,
        otelcolMessage: fill(),
        at: place('a.yaml', 2),
        fixes: [{ title: fill('message'), edits: [edit] }],
      },
    ],
    texts: new Map([['a.yaml', 'one\ntwo\nsix']]),
    patches: new Map([['a.yaml', '@@ -1,3 +1,3 @@\n one\n+two\n six']]),
    redactor: ASIS,
    headSha: SHA,
  });
  return suggestions[0]?.body.replace(/ key=[0-9a-f]+ /, ' key=0 ') ?? '';
}

/** What is wrong with a comment, and the comment; nothing when nothing is. */
type Fault = string | undefined;

/** Characters that nobody sees, or that turn around what is seen (SEC-22). */
const HIDDEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

function faultOf(template: Root, body: string, filling: Filling): Fault {
  const drawn = readMarkdown(body);
  const differs = difference(template, drawn, filling);
  if (differs !== undefined) return `${JSON.stringify(differs, null, 1)}\n${body}`;
  const hidden = HIDDEN.exec(body)?.[0];
  if (hidden !== undefined) return `hidden character ${JSON.stringify(hidden)}\n${body}`;
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
  const harmless = draw((kind = 'text') => {
    holes.push(kind);
    return placeholder(holes.length - 1);
  });
  const template = readMarkdown(harmless);
  const unseen = holes.flatMap((_, index) => (harmless.includes(placeholder(index)) ? [] : [index]));
  let done = 0;
  let fault: Fault =
    unseen.length === 0 ? undefined : `holes ${unseen.join(', ')} are nowhere in\n${harmless}`;
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
    const runs = [
      run((fill) => planBody(fill, true), next, STRINGS * 0.35),
      run((fill) => planBody(fill, false), next, STRINGS * 0.35),
      run(rolloutBody, next, STRINGS * 0.25),
      run(suggestionBody, next, STRINGS * 0.05),
    ];
    const seconds = (performance.now() - started) / 1000;
    const strings = runs.reduce((total, one) => total + one.strings, 0);
    const places = runs.reduce((total, one) => total + one.places, 0);
    if (IS_FULL) {
      process.stdout.write(
        `${strings} hostile strings in ${places} places, seed ${SEED}, ${seconds.toFixed(1)} s\n`,
      );
    }
    expect(runs.flatMap(({ fault }) => fault ?? [])).toEqual([]);
    expect(strings).toBeGreaterThanOrEqual(STRINGS);
  });
});
