import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { checkAnnotations, workflowCommands } from '../../../src/core/report/annotations.ts';
import { planCheck } from '../../../src/core/report/check-run.ts';
import { durationText, elapsedMs } from '../../../src/core/report/elapsed.ts';
import { explainText } from '../../../src/core/report/explain-text.ts';
import { findingsJson } from '../../../src/core/report/findings-json.ts';
import { jsonText } from '../../../src/core/report/json-text.ts';
import { lintText } from '../../../src/core/report/lint-text.ts';
import { planJson } from '../../../src/core/report/plan-json.ts';
import { createRedactor } from '../../../src/core/report/redact.ts';
import { sarif } from '../../../src/core/report/sarif.ts';
import { planJobSummary, rolloutJobSummary } from '../../../src/core/report/summary.ts';
import { planTerminal } from '../../../src/core/report/terminal.ts';
import { finding, place, plan, rolloutView } from '../../support/values.ts';
import { good, incident, incidentContext, quiet } from './incident.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** What the test reads of a log. */
interface SarifLog {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly invocations?: unknown;
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly fixes?: unknown;
      readonly partialFingerprints: Readonly<Record<string, string>>;
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string };
          readonly region: Readonly<Record<'startLine' | 'startColumn' | 'endLine' | 'endColumn', number>>;
        };
      }[];
    }[];
  }[];
}

const three = [
  finding({
    rule: 'BPR-004',
    message: 'Source `shop-kubelet` is used by no configuration',
    at: place('bindplane/sources.yaml', 30),
  }),
  finding({
    rule: 'BPR-008',
    severity: 'error',
    message:
      '${DT_API_TOKEN} is not defined on the agent that gets this (bindplane/k8s-gateway-agent.yaml:207)',
    at: place('bindplane/gateway-destination.yaml', 18, 14),
  }),
  finding({
    rule: 'BPR-002',
    severity: 'error',
    message:
      '`selector` stands beside `spec`; the server drops it, and a configuration without selector matches every agent',
    at: place('bindplane/fleets.yaml', 12),
    fixes: [{ title: 'indent it under `spec`', at: place('bindplane/fleets.yaml', 12) }],
  }),
];

describe('lint in a terminal', () => {
  it('puts errors first, each with its place, and counts', async () => {
    const text = lintText(three, { counts: { files: 13, resources: 9, configurations: 3 }, durationMs: 214 });
    await expect(text).toMatchFileSnapshot('golden/lint.txt');
  });

  it('says that nothing was found', () => {
    expect(lintText([], { counts: { files: 1, resources: 2, configurations: 0 } })).toBe(
      'No findings · 1 file, 2 resources, 0 configurations\n',
    );
  });

  it('shows a file name with control characters as what it is', () => {
    const text = lintText([finding({ at: place('a\u001b[31m\n.yaml', 1) })]);
    expect(text).toContain(String.raw`a\u{1b}[31m .yaml:1:1`);
    expect(text).not.toContain('\u001b');
  });
});

describe('explain in a terminal', () => {
  it('names the line, what is known about it, and what to do', async () => {
    const refused = finding({
      rule: 'agent-refused',
      severity: 'error',
      message:
        'receiver kubeletstats/shop-kubelet: key `k8s.pod.volume.usage` under `metrics` is unknown to this collector\nknown since collector 0.135.0 (BindPlane agent 1.84.0)',
      at: place('bindplane/sources.yaml', 35, 12),
      fixes: [
        { title: 'switch the metric off' },
        { title: 'raise the image', at: place('bindplane/k8s-node-agent.yaml', 77) },
      ],
    });
    await expect(explainText([refused])).toMatchFileSnapshot('golden/explain.txt');
  });

  it('says that it knows no line, or that the line is likely', () => {
    expect(explainText([finding()])).toContain(
      'no line: the configuration it came from is not in these files',
    );
    expect(explainText([finding({ at: place('a.yaml', 1), certainty: 'likely' })])).toContain(
      'likely, not certain',
    );
    expect(explainText([])).toContain('Nothing in this text');
  });
});

describe('a plan in a terminal', () => {
  it('of the incident', async () => {
    await expect(planTerminal(incident())).toMatchFileSnapshot('golden/plan-terminal.txt');
  });

  it('is coloured by the functions it is given, and only by them', () => {
    const tag = (name: string) => (text: string) => `<${name}>${text}</${name}>`;
    const colours = {
      red: tag('r'),
      yellow: tag('y'),
      green: tag('g'),
      cyan: tag('c'),
      bold: tag('b'),
      dim: tag('d'),
    };
    const text = planTerminal(incident(), { colours });
    expect(text).toMatch(/^<b><r>🔴 2 of 3/);
    expect(text).toContain('<g>+        auth_type: serviceAccount</g>');
    expect(planTerminal(incident())).not.toContain('<');
  });
});

describe('workflow commands', () => {
  it('escape what would end them', () => {
    const [command] = workflowCommands([
      finding({ message: '100%\r\n::error::pwned', at: place('a,b:c%.yaml', 3, 2), rule: 'X' }),
    ]);
    expect(command).toBe(
      '::warning file=a%2Cb%3Ac%25.yaml,line=3,endLine=3,col=2,endColumn=3,title=X::100%25%0A::error::pwned',
    );
  });

  it('are one line each, whatever is in them', () => {
    for (const command of workflowCommands([finding({ message: 'a\nb\rc\u2028d\u001b' })])) {
      expect(command).not.toMatch(/[\r\n\u2028]/);
    }
  });

  it('keep to what the runner shows, worst first, and count the rest', () => {
    const many = Array.from({ length: 30 }, (_, index) =>
      finding({ severity: index < 15 ? 'warning' : 'error', message: `m${index}` }),
    );
    const commands = workflowCommands(many);
    expect(commands.filter((command) => command.startsWith('::error'))).toHaveLength(10);
    expect(commands[9]).toBe('::error::6 more errors not shown here; all are in the job summary');
    expect(commands.filter((command) => command.startsWith('::warning'))).toHaveLength(10);
  });

  it('give columns only within one line, as the runner takes them', () => {
    expect(workflowCommands([finding({ at: place('a.yaml', 3, 2, 5) })])[0]).toContain(
      'line=3,endLine=5,title=',
    );
  });
});

describe('check runs', () => {
  it('take annotations in requests of 50, worst first, at most 200', () => {
    const many = Array.from({ length: 260 }, (_, index) =>
      finding({ severity: index === 259 ? 'error' : 'warning', at: place('a.yaml', index + 1) }),
    );
    const requests = checkAnnotations([...many, finding()]);
    expect(requests.map((request) => request.length)).toEqual([50, 50, 50, 50]);
    expect(requests[0]?.[0]).toMatchObject({ start_line: 260, annotation_level: 'failure' });
  });

  it('keep the summary below 65,535 characters, and are red only for what will fail', () => {
    const findings = Array.from({ length: 5000 }, (_, index) =>
      finding({ message: `m${index} ${'x'.repeat(500)}` }),
    );
    const check = planCheck(plan({ findings }), {});
    expect(check.summary.length).toBeLessThanOrEqual(65_535);
    expect(check.conclusion).toBe('success');
    expect(planCheck(incident(), incidentContext)).toMatchObject({
      conclusion: 'failure',
      status: 'completed',
    });
    expect(planCheck(quiet(), incidentContext).conclusion).toBe('neutral');
  });
});

describe('job summaries', () => {
  it('have no hidden marker', () => {
    expect(planJobSummary(incident(), incidentContext)).toMatch(/^### 🔴/);
    expect(rolloutJobSummary([rolloutView(), rolloutView({ configuration: 'other' })], {})).not.toContain(
      '<!--',
    );
  });
});

describe('data for other programs', () => {
  const validate = new Ajv2020({ strict: true, allErrors: true, strictRequired: false }).compile(
    JSON.parse(readFileSync(join(ROOT, 'schemas', 'plan.schema.json'), 'utf8')) as object,
  );

  it.each([
    ['incident', incident()],
    ['quiet', quiet()],
    ['good', good()],
  ])('a plan (%s) is what its schema says', (_, value) => {
    validate(JSON.parse(jsonText(planJson(value))));
    expect(validate.errors ?? []).toEqual([]);
  });

  it('the schema refuses what is no plan', () => {
    const { digest: _, ...without } = planJson(incident());
    expect(validate(JSON.parse(jsonText(without)))).toBe(false);
  });

  it('findings have their place flat and 1-based, or none at all', () => {
    expect(findingsJson([finding({ at: place('a.yaml', 3, 2) }), finding({ rule: 'X' })])).toEqual([
      {
        rule: 'BPR-004',
        severity: 'warning',
        message: 'something is off',
        file: 'a.yaml',
        line: 3,
        column: 2,
        endLine: 3,
        endColumn: 3,
      },
      { rule: 'X', severity: 'warning', message: 'something is off' },
    ]);
  });

  it('integers beyond 2^53 keep their digits', () => {
    const text = jsonText({ big: 9_223_372_036_854_775_807n, list: [1, { a: null }], none: [], empty: {} });
    expect(text).toContain('"big": 9223372036854775807');
    expect(JSON.parse(text)).toMatchObject({ list: [1, { a: null }], none: [], empty: {} });
  });

  it('SARIF has one rule an id, places from the root, and fixes with edits only', async () => {
    const at = place('dir/a b.yaml', 3, 2);
    const log = sarif([
      ...three,
      finding({
        at,
        fixes: [{ title: 'remove it', at, edits: [{ at, text: '' }] }, { title: 'think' }],
        severity: 'notice',
      }),
    ]);
    await expect(jsonText(log)).toMatchFileSnapshot('golden/findings.sarif');
  });

  it('SARIF has what code scanning asks of each result, whatever the findings are', () => {
    const at = place('dir with blank/ä#.yaml', 3, 2);
    const secret = 'hunter2-hunter2';
    const log = sarif(
      [
        ...three,
        finding({ at }),
        finding({ at: place(at.file, 9) }),
        finding({ rule: 'VER-001', severity: 'notice', message: 'known to the server only' }),
        finding({ rule: 'VER-003', at, fixes: [{ title: 'x', edits: [{ at, text: `p: ${secret}` }] }] }),
      ],
      { redactor: createRedactor({ known: [secret] }) },
    ) as unknown as SarifLog;
    const [run] = log.runs;
    const results = run?.results ?? [];
    expect(results).toHaveLength(6);
    for (const { ruleId, ruleIndex, level, locations, partialFingerprints } of results) {
      expect(run?.tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
      expect(['error', 'warning', 'note']).toContain(level);
      expect(locations).toHaveLength(1);
      for (const { physicalLocation } of locations) {
        const { uri } = physicalLocation.artifactLocation;
        // Relative to the repository, and a URI reference.
        expect(new URL(uri, 'file:///root/').href).toBe(`file:///root/${uri}`);
        const { startLine, startColumn, endLine, endColumn } = physicalLocation.region;
        expect(Math.min(startLine, startColumn)).toBeGreaterThanOrEqual(1);
        expect(endLine > startLine || endColumn >= startColumn).toBe(true);
      }
      expect(Object.values(partialFingerprints)).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    }
    const prints = results.map(({ partialFingerprints }) => partialFingerprints['collie/v1']);
    expect(new Set(prints).size).toBe(prints.length);
    expect(run?.invocations).toEqual([
      {
        executionSuccessful: true,
        toolExecutionNotifications: [
          { level: 'note', descriptor: { id: 'VER-001' }, message: { text: 'known to the server only' } },
        ],
      },
    ]);
    // A fix that would write a mask is none.
    expect(JSON.stringify(log)).not.toContain(secret);
    expect(results.some(({ fixes }) => fixes !== undefined)).toBe(false);
  });
});

describe('durations', () => {
  it('are counted over months, years and leap days', () => {
    expect(elapsedMs('2026-02-28T23:59:59Z', '2026-03-01T00:00:00.5Z')).toBe(1500);
    expect(elapsedMs('2028-02-28T00:00:00Z', '2028-03-01T00:00:00Z')).toBe(2 * 86_400_000);
    expect(elapsedMs('2026-12-31T23:00:00.000Z', '2027-01-01T01:00:00+00:00')).toBe(2 * 3_600_000);
    for (const [from, to] of [
      ['2000-02-29T12:00:00Z', '2026-11-21T08:01:02Z'],
      ['1999-12-31T00:00:00Z', '2100-03-01T00:00:00Z'],
    ] as const) {
      expect(elapsedMs(from, to)).toBe(Date.parse(to) - Date.parse(from));
    }
  });

  it('are unknown rather than wrong', () => {
    expect(elapsedMs('yesterday', '2026-03-01T00:00:00Z')).toBeUndefined();
    expect(elapsedMs('2026-03-02T00:00:00Z', '2026-03-01T00:00:00Z')).toBeUndefined();
    expect(elapsedMs(undefined, '2026-03-01T00:00:00Z')).toBeUndefined();
  });

  it.each([
    [400, '0.4 s'],
    [9960, '10 s'],
    [59_400, '59 s'],
    [60_000, '1 min'],
    [250_000, '4 min 10 s'],
    [7_500_000, '2 h 5 min'],
  ])('%i ms is %s', (durationMs, text) => {
    expect(durationText(durationMs)).toBe(text);
  });
});
