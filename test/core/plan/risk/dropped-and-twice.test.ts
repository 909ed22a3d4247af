import { describe, expect, it } from 'vitest';
import { isAlwaysTrue } from '../../../../src/core/plan/risk/everything-dropped.ts';
import { edited, risks, type Told } from './raw-configs.ts';

describe('RSK-005 everything dropped', () => {
  const withProcessor = (body: string, id = 'filter/x'): string =>
    edited(
      ['processors:\n', `processors:\n  ${id}: ${body}\n`],
      ['processors: [memory_limiter, batch]', `processors: [memory_limiter, ${id}, batch]`],
    );
  const about = (body: string, id?: string): Told =>
    risks(withProcessor(body, id)).filter((line) => line.includes('RSK-005'));

  it.each([
    ["{logs: {log_record: ['true']}}", 'log record: `true` is always true'],
    [
      `{logs: {log_record: ['severity_number < 9', 'IsMatch(body, ".*")']}}`,
      'log record: `IsMatch(body, ".*")` is always true',
    ],
    ['{log_conditions: [\'body == "x" or true\']}', 'log record: `body == "x" or true` is always true'],
    ["{traces: {span: ['not false']}}", 'span: `not false` is always true'],
    [
      "{logs: {exclude: {match_type: regexp, bodies: ['.*']}}}",
      'log record: `IsMatch(bodies, ".*")` is always true',
    ],
  ])('filter %s', (body, words) => {
    expect(about(body)).toEqual([`high RSK-005 \`filter/x\` drops every ${words}`]);
  });

  it.each([
    ['probabilistic_sampler', '{sampling_percentage: 0}', ['log record: it keeps 0 %', 'span: it keeps 0 %']],
    ['tail_sampling', '{decision_wait: 10s}', ['span: it has no policy that keeps one']],
    ['sampling', '{drop_ratio: 1}', ['log record: it drops 100 %', 'span: it drops 100 %']],
  ])('%s %s', (id, body, words) => {
    expect(about(body, id)).toEqual(words.map((rest) => `high RSK-005 \`${id}\` drops every ${rest}`));
  });

  it('a route to nowhere', () => {
    const after = edited(
      [
        'exporters: [otlp/one]}',
        'exporters: [routing/x]}\n    traces/out: {receivers: [routing/x], processors: [memory_limiter], exporters: [otlp/one]}',
      ],
      ['exporters:\n', 'connectors:\n  routing/x: {table: []}\nexporters:\n'],
    );
    expect(risks(after)).toEqual([
      'high RSK-005 `routing/x` sends nothing on: it has neither routes nor default pipelines',
    ]);
  });

  it.each([
    ["{logs: {log_record: ['false', 'severity_number < 9']}}"],
    [`{logs: {log_record: ['IsMatch(body, ".*debug.*")', 'body == "a or true"']}}`],
    [`{logs: {log_record: ['IsMatch(body, ".*") and severity_number < 9']}}`],
    // Of another signal than that of any pipeline.
    ["{metrics: {metric: ['true']}}"],
    // Span events are not everything.
    ["{traces: {spanevent: ['true']}}"],
  ])('is not filter %s', (body) => {
    expect(about(body)).toEqual([]);
  });

  it('is not told again where it was so before, nor where no pipeline uses it', () => {
    const dropping = withProcessor("{logs: {log_record: ['true']}}");
    expect(risks(`${dropping}# again\n`, dropping)).toEqual([]);
    expect(
      risks(edited(['processors:\n', "processors:\n  filter/x: {logs: {log_record: ['true']}}\n"])),
    ).toEqual([]);
  });

  it('reads conditions as OTTL does', () => {
    const always = [
      'true',
      ' TRUE ',
      '(true)',
      'not false',
      'IsMatch(name, ".*")',
      'IsMatch(name, "^.*$")',
      'IsMatch(attributes["x"] , "")',
      'a == 1 or true',
    ];
    const sometimes = [
      'false',
      'IsMatch(name, "x.*")',
      'true and a == 1',
      'a == "true"',
      'a == " or true"',
      '',
      'name == ".*"',
    ];
    // A path with a quoted key is not recognised: rather nothing than a false alarm.
    expect(always.filter((condition) => !isAlwaysTrue(condition))).toEqual(['IsMatch(attributes["x"] , "")']);
    expect(sometimes.filter(isAlwaysTrue)).toEqual([]);
  });
});

describe('RSK-006 sent twice', () => {
  it('through two pipelines', () => {
    const after = edited([
      '    traces:',
      '    logs/again: {receivers: [filelog/app], processors: [memory_limiter, batch], exporters: [otlp/one]}\n    traces:',
    ]);
    expect(risks(after)).toEqual([
      'medium RSK-006 `logs` of `filelog/app` get to `otlp/one` on several ways',
    ]);
  });

  it('through two exporters to one place', () => {
    expect(risks(edited(['two:4317', 'one:4317']))).toEqual([
      'medium RSK-002 `logs` go to `one:4317` (`otlp/two`) instead of `two:4317`',
      'medium RSK-006 `logs` of `filelog/app` get to the same place through `otlp/one` and `otlp/two`',
      'medium RSK-006 `logs` of `otlp/in` get to the same place through `otlp/one` and `otlp/two`',
    ]);
  });

  it('because two receivers collect the same', () => {
    const after = edited(
      [
        'receivers:\n',
        'receivers:\n  filelog/app2: {include: [/var/log/app.log], storage: file_storage/disk}\n',
      ],
      ['[filelog/app, otlp/in]', '[filelog/app, filelog/app2, otlp/in]'],
    );
    expect(risks(after)).toEqual([
      'medium RSK-006 `logs` of `filelog/app` and `filelog/app2`, which collect the same, all get to `otlp/one`',
      'medium RSK-006 `logs` of `filelog/app` and `filelog/app2`, which collect the same, all get to `otlp/two`',
    ]);
  });

  it.each([
    [
      'ways that filters share out',
      [
        [
          '    traces:',
          '    logs/errors: {receivers: [filelog/app], processors: [memory_limiter, filter/errors], exporters: [otlp/one]}\n    traces:',
        ],
        ['processors:\n', "processors:\n  filter/errors: {logs: {log_record: ['severity_number < 17']}}\n"],
      ],
    ],
    [
      'one place with another tenant',
      [['{endpoint: "two:4317"}', '{endpoint: "one:4317", headers: {x-scope-orgid: b}}']],
    ],
    [
      'two receivers that listen',
      [
        ['receivers:\n', 'receivers:\n  otlp/more: {protocols: {grpc: {endpoint: "0.0.0.0:4317"}}}\n'],
        ['traces: {receivers: [otlp/in]', 'traces: {receivers: [otlp/in, otlp/more]'],
      ],
    ],
    [
      'two receivers with other files',
      [
        ['receivers:\n', 'receivers:\n  filelog/other: {include: [/var/log/other.log]}\n'],
        ['[filelog/app, otlp/in]', '[filelog/app, filelog/other, otlp/in]'],
      ],
    ],
  ] as const)('is not %s', (_what, edits) => {
    expect(risks(edited(...edits)).filter((line) => line.includes('RSK-006'))).toEqual([]);
  });
});
