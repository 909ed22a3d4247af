import { describe, expect, it } from 'vitest';
import type { Agent } from '../../../src/core/fleet/agent.ts';
import { LIMITS } from '../../../src/core/document/limits.ts';
import { isAlwaysTrue } from '../../../src/core/plan/risk/everything-dropped.ts';
import { RISKS } from '../../../src/core/plan/risk/index.ts';
import type { RiskReason } from '../../../src/core/plan/risk/plan-risk.ts';
import { agent } from '../../support/values.ts';
import { base, configuration, doc, planOf, serverWith, workload, type Files } from './support.ts';

const BASE = `
receivers:
  otlp/in: {protocols: {grpc: {endpoint: "0.0.0.0:4317"}}}
  filelog/app: {include: [/var/log/app.log], storage: file_storage/disk}
processors:
  batch:
  memory_limiter: {check_interval: 1s, limit_mib: 400}
exporters:
  otlp/one: {endpoint: "one:4317", sending_queue: {storage: file_storage/disk}}
  otlp/two: {endpoint: "two:4317"}
  debug:
extensions:
  file_storage/disk: {directory: /var/lib/disk}
  health_check: {endpoint: "0.0.0.0:13133"}
service:
  extensions: [file_storage/disk, health_check]
  pipelines:
    logs: {receivers: [filelog/app, otlp/in], processors: [memory_limiter, batch], exporters: [otlp/one, otlp/two, debug]}
    traces: {receivers: [otlp/in], processors: [memory_limiter, batch], exporters: [otlp/one]}
`;

/** The base with texts replaced; each must be there. */
function edited(...edits: readonly (readonly [string, string])[]): string {
  return edits.reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.split(from).join(to);
  }, BASE);
}

function raw(config: string, selector = 'configuration: edge'): Files {
  const text = config
    .trim()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
  return {
    'edge.yaml': doc('Configuration', 'edge', `raw: |\n${text}\nselector:\n  matchLabels: {${selector}}`),
    'agent.yaml': workload('edge', 'configuration=edge'),
  };
}

type Told = readonly string[];

function told(reasons: readonly RiskReason[], rule?: string): Told {
  return reasons
    .filter((reason) => (rule === undefined ? reason.rule !== 'RSK-009' : reason.rule === rule))
    .map(({ rule: id, level, message }) => `${level} ${id} ${message}`);
}

/** What speaks against going from one raw config to another, what the restart costs left out. */
function risks(after: string, before: string = BASE): Told {
  return told(planOf(raw(before), raw(after)).risk.reasons);
}

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

describe('RSK-001 data that goes nowhere any more', () => {
  it('a signal', () => {
    expect(risks(edited([/traces: .*/.exec(BASE)?.[0] ?? '', '']))).toEqual([
      'high RSK-001 no `traces` are sent any more',
    ]);
  });

  it('everything', () => {
    expect(
      risks(BASE.replaceAll('[otlp/one, otlp/two, debug]', '[debug]').replaceAll('[otlp/one]', '[debug]')),
    ).toEqual(['high RSK-001 nothing is sent any more: no pipeline carries `logs` and `traces`']);
  });

  it('one receiver', () => {
    expect(risks(edited(['[filelog/app, otlp/in]', '[otlp/in]']))).toEqual([
      'medium RSK-001 `logs` of `filelog/app` are no longer sent anywhere',
    ]);
  });

  it.each([
    ['a pipeline under another id', [['    traces:', '    traces/all:']]],
    [
      'two pipelines out of one',
      [
        [
          '    logs: {receivers: [filelog/app, otlp/in]',
          '    logs/otlp: {receivers: [otlp/in], processors: [memory_limiter], exporters: [otlp/one, otlp/two]}\n    logs: {receivers: [filelog/app]',
        ],
      ],
    ],
    [
      'a detour through a connector',
      [
        [
          'exporters: [otlp/one]}',
          'exporters: [forward/all]}\n    traces/out: {receivers: [forward/all], processors: [memory_limiter], exporters: [otlp/one]}',
        ],
        ['exporters:\n', 'connectors:\n  forward/all:\nexporters:\n'],
      ],
    ],
  ] as const)('is not %s', (_what, edits) => {
    expect(risks(edited(...edits))).toEqual([]);
  });
});

describe('RSK-002 another destination', () => {
  it('the same exporter sends elsewhere', () => {
    expect(risks(edited(['one:4317', 'three:4317']))).toEqual([
      'medium RSK-002 `logs` and `traces` go to `three:4317` (`otlp/one`) instead of `one:4317`',
    ]);
  });

  it('one of two goes', () => {
    expect(risks(edited(['[otlp/one, otlp/two, debug]', '[otlp/one]']))).toEqual([
      'medium RSK-002 `logs` no longer go to `two:4317` (`otlp/two`), only to `otlp/one`',
    ]);
  });

  it('another exporter takes its place', () => {
    const after = edited(['otlp/two', 'otlphttp/three'], ['two:4317', 'https://three']);
    expect(risks(after)).toEqual([
      'medium RSK-002 `logs` go to `https://three` (`otlphttp/three`) instead of `two:4317` (`otlp/two`)',
    ]);
  });

  it.each([
    ['a new way to send', [['endpoint: "two:4317"', 'endpoint: "two:4317", compression: gzip']]],
    ['another id', [['otlp/two', 'otlp/zwei']]],
    [
      'another id and another way to send',
      [
        ['otlp/two: {', 'otlp/zwei: {timeout: 1s, '],
        ['otlp/two, debug', 'otlp/zwei, debug'],
      ],
    ],
    ['the debug exporter', [[', debug]', ']']]],
    ['one more', [['exporters: [otlp/one]', 'exporters: [otlp/one, otlp/two]']]],
  ] as const)('is not %s', (_what, edits) => {
    expect(risks(edited(...edits))).toEqual([]);
  });
});

const GATEWAY = `
receivers:
  otlp: {protocols: {grpc: {endpoint: "0.0.0.0:4317"}}}
exporters:
  otlphttp: {endpoint: "https://backend"}
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [otlphttp]}
`;

function sender(endpoint: string): string {
  return `
receivers:
  zipkin: {endpoint: "0.0.0.0:9411"}
exporters:
  otlp: {endpoint: "${endpoint}"}
service:
  pipelines:
    traces: {receivers: [zipkin], exporters: [otlp]}
`;
}

/** Nodes that send to a gateway through a Service. */
function tiers(gateway: string, endpoint: string, ports = '[{port: 4317}]'): Files {
  const rename = (files: Files, name: string): Files =>
    Object.fromEntries(
      Object.entries(files).map(([path, text]) => [`${name}-${path}`, text.split('edge').join(name)]),
    );
  return {
    ...rename(raw(gateway), 'gateway'),
    ...rename(raw(sender(endpoint)), 'node'),
    'service.yaml': `apiVersion: v1\nkind: Service\nmetadata: {name: gateway, namespace: obs}\nspec:\n  selector: {app: gateway}\n  ports: ${ports}\n`,
  };
}

describe('RSK-003 a listener that others use', () => {
  const before = tiers(GATEWAY, 'gateway.obs.svc:4317');
  const moved = GATEWAY.replace('4317', '5317');
  const between = (after: Files): Told => told(planOf(before, after).risk.reasons);

  it('moves away from who sends to it', () => {
    expect(between(tiers(moved, 'gateway.obs.svc:4317'))).toEqual([
      'high RSK-003 `otlp` listens on `0.0.0.0:5317` instead of `0.0.0.0:4317`, to which `node` still sends; in two changes nothing is lost: listen on both and move the senders, then take the old one away',
    ]);
  });

  it('moves together with who sends to it: two steps', () => {
    const [first, ...others] = between(tiers(moved, 'gateway.obs.svc:5317', '[{port: 5317}]'));
    expect(first).toBe(
      'medium RSK-002 `traces` go to `gateway.obs.svc:5317` (`otlp`) instead of `gateway.obs.svc:4317`',
    );
    expect(others).toEqual([
      'medium RSK-003 `otlp` listens on `0.0.0.0:5317` instead of `0.0.0.0:4317`, and the way of `node` there changes with it: until all agents have both, what is sent is refused; in two changes nothing is lost: listen on both and move the senders, then take the old one away',
    ]);
  });

  it('goes from the network to its host', () => {
    expect(between(tiers(GATEWAY.replace('0.0.0.0', 'localhost'), 'gateway.obs.svc:4317'))).toEqual([
      'high RSK-003 `otlp` listens on `localhost:4317` instead of `0.0.0.0:4317`, to which `node` still sends; in two changes nothing is lost: listen on both and move the senders, then take the old one away',
    ]);
  });

  it('goes from a gateway that the operator makes, as RSK-004 tells of new senders', () => {
    const resource = (
      name: string,
      receiver: string,
      endpoint: string,
    ): string => `apiVersion: opentelemetry.io/v1beta1
kind: OpenTelemetryCollector
metadata: {name: ${name}, namespace: obs}
spec:
  image: otel/opentelemetry-collector-contrib:0.135.0
  config:
    receivers: {otlp: {protocols: {grpc: {endpoint: "0.0.0.0:${receiver}"}}}}
    exporters: {otlp: {endpoint: "${endpoint}"}}
    service: {pipelines: {traces: {receivers: [otlp], exporters: [otlp]}}}
`;
    const fleet = (port: string, to: string): Files => ({
      'gateway.yaml': resource('gateway', port, 'backend:4317'),
      'node.yaml': resource('node', '4317', `gateway-collector.obs:${to}`),
    });
    const told4 = told(planOf(fleet('4317', '4317'), fleet('5317', '4317')).risk.reasons);
    expect(told4).toEqual([
      'high RSK-003 `otlp` listens on `0.0.0.0:5317` instead of `0.0.0.0:4317`, to which `obs/node` still sends; in two changes nothing is lost: listen on both and move the senders, then take the old one away',
    ]);
    expect(told(planOf(fleet('4317', '4317'), fleet('4317', '4399')).risk.reasons, 'RSK-004')).toEqual([
      'high RSK-004 `otlp` sends to `gateway-collector.obs:4399`, but `obs/gateway` does not listen on port 4399',
    ]);
  });

  it('whom nobody in the repository sends to', () => {
    expect(risks(edited(['0.0.0.0:4317', '0.0.0.0:5317']))).toEqual([
      'medium RSK-003 `otlp/in` listens on `0.0.0.0:5317` instead of `0.0.0.0:4317`; no sender is known in this repository',
    ]);
  });

  it('whom probes ask', () => {
    expect(risks(edited(['0.0.0.0:13133', '0.0.0.0:13134']))).toEqual([
      'medium RSK-003 `health_check` listens on `0.0.0.0:13134` instead of `0.0.0.0:13133`: probes that ask there fail',
    ]);
  });

  it('opens to the network', () => {
    expect(risks(BASE, edited(['0.0.0.0:4317', 'localhost:4317']))).toEqual([
      'low RSK-003 `otlp/in` becomes reachable from the network, at `0.0.0.0:4317`',
    ]);
  });

  it('is no loss where the Service leads to the new port, or the old one stays', () => {
    expect(between(tiers(moved, 'gateway.obs.svc:4317', '[{port: 4317, targetPort: 5317}]'))).toEqual([
      'medium RSK-003 `otlp` listens on `0.0.0.0:5317` instead of `0.0.0.0:4317`, and the way of `node` there changes with it: until all agents have both, what is sent is refused; in two changes nothing is lost: listen on both and move the senders, then take the old one away',
    ]);
    const both = moved
      .replace('exporters:', '  otlp/old: {protocols: {grpc: {endpoint: "0.0.0.0:4317"}}}\nexporters:')
      .replace('[otlp]', '[otlp, otlp/old]');
    expect(between(tiers(both, 'gateway.obs.svc:4317'))).toEqual([]);
  });

  it.each([
    [
      'a listener more',
      [
        [
          'grpc: {endpoint: "0.0.0.0:4317"}',
          'grpc: {endpoint: "0.0.0.0:4317"}, http: {endpoint: "0.0.0.0:4318"}',
        ],
      ],
    ],
    ['the address of the pod instead of all', [['0.0.0.0:4317', '${env:POD_IP}:4317']]],
  ] as const)('is not %s', (_what, edits) => {
    expect(risks(edited(...edits))).toEqual([]);
  });
});

describe('RSK-004 a sender nobody hears', () => {
  const before = tiers(GATEWAY, 'elsewhere:4317');
  const to = (endpoint: string, ports?: string): Told =>
    told(planOf(before, tiers(GATEWAY, endpoint, ports)).risk.reasons, 'RSK-004');

  it('sends to a port that the gateway does not have', () => {
    expect(to('gateway.obs.svc:4319', '[{port: 4319}]')).toEqual([
      'high RSK-004 `otlp` sends to `gateway.obs.svc:4319`, but `gateway` does not listen on port 4319',
    ]);
  });

  it('is heard at the right one, through a Service that translates, too', () => {
    expect(to('gateway.obs.svc:4317')).toEqual([]);
    expect(to('gateway.obs.svc:80', '[{port: 80, targetPort: 4317}]')).toEqual([]);
  });
});

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

describe('RSK-007 more agents', () => {
  const fleet: readonly Agent[] = ['a', 'b', 'c'].map((name, index) =>
    agent(name, '1.90.0', {
      labels: index === 0 ? { app: 'edge', site: 'x' } : { app: 'edge' },
    }),
  );
  const narrow = raw(BASE, 'app: edge, site: x');
  const reach = (before: Files, after: Files, agents?: readonly Agent[]): Told =>
    told(planOf(before, after, agents === undefined ? {} : { context: { agents } }).risk.reasons, 'RSK-007');

  it('because a label is no longer asked for', () => {
    expect(reach(narrow, raw(BASE, 'app: edge'), fleet)).toEqual([
      'medium RSK-007 selects `app=edge` instead of `app=edge,site=x`: 3 agents instead of 1',
    ]);
  });

  it('because nothing is asked for any more', () => {
    const everybody = { ...narrow, 'edge.yaml': (narrow['edge.yaml'] ?? '').replace(/selector:[\s\S]*/, '') };
    expect(reach(narrow, everybody, fleet)).toEqual([
      'high RSK-007 selects every agent instead of `app=edge,site=x`: 3 agents instead of 1',
    ]);
  });

  it('because others are asked for', () => {
    const others = [...fleet, agent('d', '1.90.0', { labels: { app: 'other' } })];
    expect(reach(raw(BASE, 'app: edge'), raw(BASE, 'app: other'), others)).toEqual([
      'medium RSK-007 selects `app=other` instead of `app=edge`: 1 agent instead of 3, 1 of them new',
    ]);
  });

  it('because a fleet takes it', () => {
    const taken = {
      ...raw(BASE, 'app: edge'),
      'fleet.yaml': doc('Fleet', 'front', 'configuration: edge\nselector:\n  matchLabels: {tier: front}'),
    };
    const agents = [...fleet, agent('d', '1.90.0', { labels: { tier: 'front' } })];
    expect(reach(raw(BASE, 'app: edge'), taken, agents)).toEqual([
      'medium RSK-007 given to fleet `front`: 4 agents instead of 3',
    ]);
  });

  it('is little where nobody more is there today', () => {
    expect(reach(narrow, raw(BASE, 'app: edge'), fleet.slice(0, 1))).toEqual([
      'low RSK-007 selects `app=edge` instead of `app=edge,site=x`: nobody more today',
    ]);
  });

  it('is not a label more, nor a configuration that is new', () => {
    expect(reach(raw(BASE, 'app: edge'), narrow, fleet)).toEqual([]);
    const { 'edge.yaml': wide = '' } = raw(BASE, 'app: edge');
    expect(reach({ 'edge.yaml': wide }, { 'edge.yaml': narrow['edge.yaml'] ?? '' })).toEqual([]);
    expect(reach({ 'edge.yaml': narrow['edge.yaml'] ?? '' }, { 'edge.yaml': wide })).toEqual([
      'medium RSK-007 selects `app=edge` instead of `app=edge,site=x`',
    ]);
    expect(reach({}, raw(BASE, 'app: edge'), fleet)).toEqual([]);
  });
});

describe('RSK-008 a credential', () => {
  const withHeaders = (headers: string): string =>
    edited(['endpoint: "two:4317"', `endpoint: "two:4317", headers: ${headers}`]);

  it.each([
    ['{api-key: abc}', '{api-key: xyz}', 'gets another value'],
    ['{api-key: abc}', '{}', 'goes away: agents no longer authenticate with it'],
    ['{x: y}', '{x: y, api-key: abc}', 'is new: agents authenticate with it from now on'],
    [
      '{api-key: "${env:KEY}"}',
      '{api-key: abc}',
      'stands in the file now instead of being read on the agent',
    ],
    [
      '{api-key: abc}',
      '{api-key: "${env:KEY}"}',
      'is read on the agent now (`${env:KEY}`): it must be there before the rollout',
    ],
    [
      '{api-key: "${env:KEY}"}',
      '{api-key: "${env:KEY2}"}',
      'is read from `${env:KEY2}` instead of `${env:KEY}`',
    ],
  ])('%s becomes %s', (before, after, words) => {
    const reasons = risks(withHeaders(after), withHeaders(before));
    expect(reasons).toEqual([`medium RSK-008 \`headers.api-key\` of \`otlp/two\` ${words}`]);
    expect(reasons.join()).not.toMatch(/abc|xyz/);
  });

  it.each([
    ['{x-scope-orgid: a}', '{x-scope-orgid: b}'],
    ['{api-key: "${KEY}"}', '{api-key: "${env:KEY}"}'],
  ])('is not %s becoming %s', (before, after) => {
    expect(risks(withHeaders(after), withHeaders(before))).toEqual([]);
  });

  it('in an address, which is the same place all the same', () => {
    const at = (user: string): string =>
      edited(['endpoint: "two:4317"', `endpoint: "https://${user}@two:4317"`]);
    expect(risks(at('shop:second'), at('shop:first'))).toEqual([
      'medium RSK-008 the credential in `endpoint` of `otlp/two` is another one',
    ]);
  });

  it('in a parameter that its type calls sensitive, by name and place', () => {
    const destination = (token: string): string =>
      doc(
        'Destination',
        'out',
        `type: honeycomb\nparameters:\n  - name: dataset\n    value: shop\n  - name: api_key\n    value: ${token}`,
      );
    const before = { ...base, 'out.yaml': destination('aaaaaaaa-1') };
    const { risk, configurations } = planOf(before, { ...base, 'out.yaml': destination('bbbbbbbb-2') });
    expect(told(risk.reasons)).toEqual([
      'medium RSK-008 parameter `api_key` of `Destination out` gets another value',
    ]);
    expect(risk.reasons.find(({ rule }) => rule === 'RSK-008')?.at).toMatchObject({
      file: 'out.yaml',
      line: 11,
    });
    expect(configurations[0]?.reworded).toBeUndefined();
  });

  it('is not what a server only shows masked', () => {
    const destination = (token: string): string =>
      doc(
        'Destination',
        'out',
        `type: honeycomb\nparameters:\n  - name: dataset\n    value: shop\n  - name: api_key\n    value: ${token}`,
      );
    const files = { ...base, 'out.yaml': destination('aaaaaaaa-1') };
    const server = serverWith({ ...files, 'out.yaml': destination('(sensitive)') });
    const head = { ...files, 'out.yaml': destination('bbbbbbbb-2') };
    const { risk, configurations } = planOf(files, head, { server });
    expect(told(risk.reasons)).toEqual([]);
    // Nor is it said that nothing changes.
    expect(configurations).toMatchObject([{ rollout: true, semantic: { complete: false } }]);
    expect(configurations[0]?.reworded).toBeUndefined();
  });
});

describe('RSK-009 what the restart loses', () => {
  const changed = (before: string): Told =>
    told(planOf(raw(before), raw(before.replace('400', '500'))).risk.reasons, 'RSK-009');

  it('of everything that keeps state in memory', () => {
    const before = edited(
      [
        'filelog/app: {include: [/var/log/app.log], storage: file_storage/disk}',
        'filelog/app: {include: [/var/log/app.log]}\n  filelog/old: {include: [/x], start_at: beginning}\n  kafka:\n  k8s_cluster:\n  syslog: {udp: {listen_address: "0.0.0.0:514"}}',
      ],
      ['[filelog/app, otlp/in]', '[filelog/app, filelog/old, kafka, k8s_cluster, syslog, otlp/in]'],
      [
        'processors:\n',
        'processors:\n  tail_sampling: {policies: [{name: a, type: always_sample}]}\n  cumulativetodelta:\n',
      ],
      [
        'processors: [memory_limiter, batch], exporters: [otlp/one]',
        'processors: [memory_limiter, tail_sampling, cumulativetodelta, batch], exporters: [otlp/one]',
      ],
      ['sending_queue: {storage: file_storage/disk}', 'sending_queue: {queue_size: 10}'],
    );
    expect(changed(before)).toEqual([
      'low RSK-009 `cumulativetodelta` starts its sums and differences again',
      'low RSK-009 `filelog/app` has no `storage` and skips what is written meanwhile',
      'low RSK-009 `filelog/old` has no `storage` and reads its files again from the beginning',
      'low RSK-009 `k8s_cluster` reads the whole state of the cluster again',
      'low RSK-009 `kafka` leaves and joins its consumer group: partitions are dealt again',
      'low RSK-009 `otlp/one` keeps its queue in memory: what the other end does not take at once is lost',
      'low RSK-009 `syslog` loses datagrams that come meanwhile',
      'low RSK-009 `tail_sampling` decides early on the traces it holds, or loses them',
    ]);
  });

  it('is nothing where state is on disk, nor where nothing restarts', () => {
    expect(changed(BASE)).toEqual([]);
    const memory = edited([', sending_queue: {storage: file_storage/disk}', ', sending_queue: {}']);
    expect(told(planOf({}, raw(memory)).risk.reasons, 'RSK-009')).toEqual([]);
    const widened = planOf(raw(memory, 'configuration: edge, a: b'), raw(memory));
    expect(widened.configurations[0]?.rollout).toBe(true);
    expect(told(widened.risk.reasons, 'RSK-009')).toEqual([]);
  });
});

describe('RSK-010 the memory limiter', () => {
  it('goes from every pipeline, or from one', () => {
    expect(risks(edited(['[memory_limiter, batch]', '[batch]']))).toEqual([
      'medium RSK-010 no pipeline has a memory limiter any more: a full backend or a burst ends in an out-of-memory kill',
    ]);
    expect(
      risks(edited(['[memory_limiter, batch], exporters: [otlp/one]}', '[batch], exporters: [otlp/one]}'])),
    ).toEqual(['medium RSK-010 `traces` has no memory limiter any more']);
  });

  it('is not missed where there was none, or the extension takes its place', () => {
    const without = edited(['[memory_limiter, batch]', '[batch]']);
    expect(risks(`${without}# more\n`, without)).toEqual([]);
    const extension = edited(
      ['[memory_limiter, batch]', '[batch]'],
      ['[file_storage/disk, health_check]', '[file_storage/disk, health_check, memory_limiter]'],
      ['extensions:\n  file', 'extensions:\n  memory_limiter: {check_interval: 1s, limit_mib: 400}\n  file'],
    );
    expect(risks(extension)).toEqual([]);
  });
});

describe('RSK-011 and RSK-012 what is kept on disk', () => {
  it('a queue that leaves the disk', () => {
    expect(
      risks(edited([', sending_queue: {storage: file_storage/disk}', ', sending_queue: {queue_size: 10}'])),
    ).toEqual([
      'medium RSK-011 `otlp/one` no longer keeps its queue on disk: what waits there is left behind, and from now on a restart loses what waits',
    ]);
  });

  it.each([
    [
      'a type under its new name',
      [['filelog/app', 'file_log/app']],
      [
        '`file_log/app` starts where `start_at` says and not where it was: its offsets are kept under `filelog/app`',
      ],
    ],
    [
      'another id',
      [['otlp/one', 'otlp/eins']],
      ['`otlp/eins` does not send what waits on disk under `otlp/one`'],
    ],
    [
      'no storage',
      [['[/var/log/app.log], storage: file_storage/disk', '[/var/log/app.log]']],
      [
        '`filelog/app` has no `storage` any more: it starts where `start_at` says, now and after each restart',
      ],
    ],
    [
      'another folder',
      [['/var/lib/disk', '/data']],
      [
        '`filelog/app` starts where `start_at` says and not where it was: the folder is another one',
        '`otlp/one` does not send what waits on disk: the folder is another one',
      ],
    ],
  ] as const)('%s', (_what, edits, messages) => {
    expect(risks(edited(...edits))).toEqual(messages.map((message) => `medium RSK-012 ${message}`));
  });

  it.each([
    ['another id of the extension', [['file_storage/disk', 'file_storage/d']]],
    ['another id of an exporter without a queue on disk', [['otlp/two', 'otlp/zwei']]],
    [
      'a queue whose exporter is used no longer',
      [
        [', sending_queue: {storage: file_storage/disk}', ''],
        ['[otlp/one, otlp/two, debug]', '[otlp/two, debug]'],
        ['exporters: [otlp/one]', 'exporters: [otlp/two]'],
      ],
    ],
    ['other settings of the queue', [['sending_queue: {storage', 'sending_queue: {queue_size: 9, storage']]],
  ] as const)('is not %s', (_what, edits) => {
    expect(risks(edited(...edits)).filter((line) => /RSK-01[12]/.test(line))).toEqual([]);
  });
});

describe('RSK-013 sampling', () => {
  const sampled = (percent: string): string =>
    edited(
      ['processors:\n', `processors:\n  probabilistic_sampler: {sampling_percentage: ${percent}}\n`],
      [
        'processors: [memory_limiter, batch], exporters: [otlp/one]}',
        'processors: [memory_limiter, probabilistic_sampler, batch], exporters: [otlp/one]}',
      ],
    );

  it('less, more, new and gone', () => {
    expect(risks(sampled('5'), sampled('50'))).toEqual([
      'medium RSK-013 `probabilistic_sampler` keeps 5 % instead of 50 %',
    ]);
    expect(risks(sampled('50'), sampled('5'))).toEqual([
      'low RSK-013 `probabilistic_sampler` keeps 50 % instead of 5 %',
    ]);
    expect(risks(sampled('50'))).toEqual([
      'medium RSK-013 `probabilistic_sampler` samples from now on: 50 %',
    ]);
    expect(risks(BASE, sampled('50'))).toEqual([
      'low RSK-013 `probabilistic_sampler` samples no longer (50 %): everything is sent on',
    ]);
  });

  it('is RSK-005 where nothing is kept', () => {
    expect(risks(sampled('0'), sampled('50'))).toEqual([
      'high RSK-005 `probabilistic_sampler` drops every span: it keeps 0 %',
    ]);
  });

  it('is not another way to write it', () => {
    expect(risks(sampled('50.0'), sampled('50'))).toEqual([]);
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

describe('RSK-014 a port of the nodes', () => {
  const TWO_STEPS = 'in two changes nothing is lost: move the senders first, then take the port away';
  const NODE = workload('node', 'configuration=edge')
    .replace('kind: Deployment', 'kind: DaemonSet')
    .replace(
      '          env:',
      `          ports:
            - {name: otlp, containerPort: 4317, hostPort: 4317}
            - {name: otlp-http, containerPort: 4318, hostPort: 4318}
          env:`,
    );
  const SHOP = `apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  template:
    spec:
      containers:
        - name: cart
          image: cart:1
          env:
            - name: NODE_IP
              valueFrom: {fieldRef: {fieldPath: status.hostIP}}
            - {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: "http://$(NODE_IP):4317"}
`;
  const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: node, namespace: obs}
spec: {selector: {app: node}, ports: [{port: 4317}]}
`;
  const files = (node: string, shop: string = SHOP): Files => ({
    ...raw(BASE),
    'agent.yaml': node,
    'service.yaml': SERVICE,
    'shop.yaml': shop,
  });
  const between = (after: Files, before: Files = files(NODE)): Told =>
    told(planOf(before, after).risk.reasons, 'RSK-014');
  const otlp = '            - {name: otlp, containerPort: 4317, hostPort: 4317}\n';
  const without = NODE.replace(', hostPort: 4317', '');

  it('goes away although applications send there', () => {
    const { risk } = planOf(files(NODE), files(without));
    expect(told(risk.reasons)).toEqual([
      `high RSK-014 \`DaemonSet node\` no longer takes port 4317 of its node, to which \`Deployment cart\` still sends; ${TWO_STEPS}`,
    ]);
    expect(risk.level).toBe('high');
    expect(risk.reasons.find(({ rule }) => rule === 'RSK-014')).toMatchObject({
      configuration: 'Configuration/edge',
      at: { file: 'agent.yaml', line: 3 },
      related: [{ message: 'Deployment cart sends there', at: { file: 'shop.yaml', line: 13 } }],
    });
  });

  it('goes away with its DaemonSet', () => {
    const { 'agent.yaml': _gone, ...rest } = files(NODE);
    expect(between(rest)).toEqual([
      `high RSK-014 \`DaemonSet node\` goes away, and with it port 4317 of its node, to which \`Deployment cart\` still sends; ${TWO_STEPS}`,
      'medium RSK-014 `DaemonSet node` goes away, and with it port 4318 of its node: applications that send to their own node are refused there; no such sender is known in this repository',
    ]);
  });

  it('moves', () => {
    expect(between(files(NODE.replace('hostPort: 4318', 'hostPort: 5318')))).toEqual([
      'medium RSK-014 `DaemonSet node` no longer takes port 4318 of its node: applications that send to their own node are refused there; no such sender is known in this repository',
    ]);
  });

  it('goes with the network of the node, and with the values of a chart', () => {
    const network = without.replace('      containers:', '      hostNetwork: true\n      containers:');
    expect(between(files(without.replace(', hostPort: 4318', '')), files(network))).toHaveLength(2);
    const values = (mode: string): Files => ({
      'values.yaml': `mode: ${mode}\nimage: {repository: otel/opentelemetry-collector-k8s}\nconfig: {exporters: {debug: {}}}\n`,
      'instrumentation.yaml':
        'apiVersion: opentelemetry.io/v1alpha1\nkind: Instrumentation\nmetadata: {name: all}\nspec: {exporter: {endpoint: "http://$(OTEL_NODE_IP):4318"}}\n',
    });
    const [first] = between(values('deployment'), values('daemonset'));
    expect(first).toMatch(
      /^high RSK-014 `DaemonSet \S+` goes away, and with it port 4318 of its node, to which `Instrumentation all` still sends/,
    );
  });

  it.each([
    [
      'stays where another takes it',
      files(without),
      { 'other.yaml': NODE.replace('name: node,', 'name: other,') },
    ],
    [
      'stays where its workload is renamed',
      {},
      { 'agent.yaml': NODE.replace('name: node,', 'name: other,') },
    ],
    ['stays where its file moves', { 'agent.yaml': '' }, { 'k8s/agent.yaml': NODE }],
    [
      'stays where the container has another',
      {},
      { 'agent.yaml': NODE.replace('containerPort: 4317', 'containerPort: 5317') },
    ],
  ] as const)('%s', (_what, first, more) => {
    expect(between({ ...files(NODE), ...first, ...more })).toEqual([]);
  });

  it('is nobody’s where senders move with it', () => {
    expect(between(files(without, SHOP.replace('$(NODE_IP)', 'node.obs')))).toEqual([
      'medium RSK-014 `DaemonSet node` no longer takes port 4317 of its node: applications that send to their own node are refused there; no such sender is known in this repository',
    ]);
    expect(between(files(NODE.replace(otlp, otlp)))).toEqual([]);
  });
});

describe('RSK-015 what keeps data while the other end is away', () => {
  const RETRY = 'endpoint: "two:4317", retry_on_failure: {enabled: false}';
  const QUEUE = 'endpoint: "two:4317", sending_queue: {enabled: false}';
  const off = (text: string): string => edited(['endpoint: "two:4317"', text]);

  it('is switched off', () => {
    expect(risks(off(RETRY))).toEqual([
      'medium RSK-015 `otlp/two` no longer tries again: what the other end does not take at once is lost',
    ]);
    expect(risks(off(QUEUE))).toEqual([
      'medium RSK-015 `otlp/two` no longer has a queue: while the other end is slow or away, the pipeline and whoever sends to it wait or are refused',
    ]);
  });

  it('is told once of a queue on disk', () => {
    const memory = edited(['{storage: file_storage/disk}', '{enabled: false}']);
    expect(risks(memory).filter((line) => /RSK-01[15]/.test(line))).toEqual([
      expect.stringContaining('RSK-011'),
    ]);
  });

  it.each([
    ['of what was off before', off(RETRY), off(`${RETRY}, compression: none`)],
    ['of other settings', BASE, off('endpoint: "two:4317", retry_on_failure: {max_elapsed_time: 10m}')],
    ['of what comes back', off(QUEUE), BASE],
  ])('is not told %s', (_what, before, after) => {
    expect(risks(after, before).filter((line) => line.includes('RSK-015'))).toEqual([]);
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
