import { describe, expect, it } from 'vitest';
import { withoutHeader } from '../../../src/core/bindplane/render.ts';
import { itemsAt, type JsonMap } from '../../../src/core/document/node.ts';
import { parseYaml } from '../../../src/core/document/yaml.ts';
import { BUILT_IN_FOLDER, render, typesBelow } from './support.ts';

const types = typesBelow(BUILT_IN_FOLDER);

const SHOP = `kind: Source
metadata: {name: in}
spec: {type: otlp}
---
kind: Source
metadata: {name: events}
spec:
  type: k8s_events
  parameters: [{name: cluster_name, value: shop}]
---
kind: Destination
metadata: {name: out}
spec: {type: otlp_grpc, parameters: [{name: hostname, value: gw}]}
---
kind: Destination
metadata: {name: null-out}
spec: {type: dev_null}
---
kind: Processor
metadata: {name: small}
spec: {type: batch, parameters: [{name: send_batch_size, value: 10}]}
`;

function configuration(spec: string, name = 'shop'): string {
  return `kind: Configuration\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
}

function shop(spec: string): ReturnType<typeof render> {
  return render({ 'shop.yaml': SHOP, 'configuration.yaml': configuration(spec) }, { types });
}

function pipelines(tree: JsonMap): unknown {
  const service = tree['service'];
  return service !== null && typeof service === 'object' && 'pipelines' in service
    ? service['pipelines']
    : undefined;
}

describe('the header', () => {
  it('names product, configuration and version, and can be taken off', () => {
    const files = {
      'shop.yaml': SHOP,
      'c.yaml': configuration('{sources: [{name: in}], destinations: [{name: out}]}'),
    };
    const today = render(files, { types, version: 7 }).config.text;
    const before = render(files, { types, product: 'BindPlane OP' }).config.text;
    expect(today).toMatch(
      /^# This configuration is managed by Bindplane\.\n# Configuration: shop:7\nreceivers:\n/,
    );
    expect(before).toMatch(/^# This configuration is managed by BindPlane OP\.\n# Configuration: shop:1\n/);
    expect(withoutHeader(today)).toBe(withoutHeader(before));
    expect(withoutHeader(today)).toMatch(/^receivers:\n/);
  });

  it('is no part of a raw config, whose own comments stay', () => {
    expect(withoutHeader('# my comment\nreceivers: {}\n')).toBe('# my comment\nreceivers: {}\n');
  });
});

describe('what cannot be rendered', () => {
  it('leaves an item of an unknown type out, says so, and renders the rest', () => {
    const { config } = render(
      {
        'shop.yaml': `${SHOP}---\nkind: Source\nmetadata: {name: odd}\nspec: {type: netflow}\n`,
        'c.yaml': configuration('{sources: [{name: odd}, {name: in}], destinations: [{name: out}]}'),
      },
      { types },
    );
    expect(config.unrendered).toEqual([
      'cannot be rendered here: type netflow is not in the catalogue; `collie types pull`',
    ]);
    expect(config.text).toContain('# Not in this text: cannot be rendered here: type netflow');
    expect(Object.keys(pipelines(config.tree) ?? {})).toEqual([
      'logs/in__out-0',
      'metrics/in__out-0',
      'traces/in__out-0',
    ]);
  });

  it('never answers with the no-op text when something is missing from it', () => {
    const { config } = shop('{sources: [{name: nowhere}], destinations: [{name: out}]}');
    expect(config.unrendered).toEqual(['Source nowhere is missing, so its part cannot be rendered']);
    expect(config.text).not.toContain('minimal configuration');
    expect(config.tree).toEqual({});
  });

  it('names the required parameter that a template misses, at the type', () => {
    const { config, findings } = render(
      {
        'events.yaml': 'kind: Source\nmetadata: {name: events}\nspec:\n  type: k8s_events\n',
        'c.yaml': configuration('{sources: [{name: events}], destinations: [{type: dev_null}]}'),
      },
      { types },
    );
    expect(findings).toMatchObject([
      {
        rule: 'BPR-001',
        message:
          'source `events` of type `k8s_events` cannot be rendered: parameter `cluster_name` is not given and has no default',
        at: { file: 'events.yaml', line: 4, column: 9 },
        configuration: 'Configuration/shop',
      },
    ]);
    expect(config.unrendered).toHaveLength(1);
  });

  it('says what this renderer has no rule for: connectors of v1', () => {
    const { config } = shop('{sources: [{name: in}], connectors: [{name: x}], destinations: [{name: out}]}');
    expect(config.unrendered).toHaveLength(1);
  });

  it('doubts a pin to a version that the files do not tell', () => {
    const { config } = shop('{sources: [{name: "in:3"}], destinations: [{name: out}]}');
    expect(config.unrendered).toEqual(
      ['source in is pinned to version 3; what stands here may be another one'].map((text) =>
        text.replace('source', 'Source'),
      ),
    );
    expect(config.tree).toHaveProperty('receivers');
  });

  it('names the types that were never compared with a server', () => {
    const { config } = shop('{sources: [{name: in}], destinations: [{name: null-out}]}');
    expect(config.unverifiedTypes).toEqual(['dev_null']);
  });
});

describe('pipelines', () => {
  it('exist where source and destination share a signal, and keep indices of paused items', () => {
    const { config } = shop(
      '{sources: [{name: events}], destinations: [{name: null-out, disabled: true}, {name: out}]}',
    );
    expect(pipelines(config.tree)).toEqual({
      'logs/events__out-1': {
        receivers: ['k8s_events/events'],
        processors: ['resource/events', 'batch/out'],
        exporters: ['otlp/out'],
      },
    });
  });

  it('hold a source once, with the processors of its last entry', () => {
    const { config } = shop(
      '{sources: [{name: events}, {name: events, processors: [{name: small}]}], destinations: [{name: out}]}',
    );
    expect(pipelines(config.tree)).toHaveProperty(
      ['logs/events__out-0', 'processors'],
      ['resource/events', 'batch/small', 'batch/out'],
    );
  });

  it('take the signals that the parameter names', () => {
    const { config } = shop(
      '{sources: [{id: X, type: otlp, parameters: [{name: telemetry_types, value: [Traces]}]}], destinations: [{name: out}]}',
    );
    expect(Object.keys(pipelines(config.tree) ?? {})).toEqual(['traces/source0_X__out-0']);
  });

  it('are none: the fixed text that servers send', () => {
    const { config } = shop('{sources: [{name: in}]}');
    expect(config.text).toMatch(/^# This minimal configuration is applied/);
    expect(config.tree).toHaveProperty('service.pipelines.metrics');
  });

  it('give inline items without an id one that outlives a new order of the others', () => {
    const id = (spec: string): string | undefined =>
      /hostmetrics\/source\d_(\w{26}):/.exec(shop(spec).config.text)?.[1];
    const alone = id('{sources: [{type: host}], destinations: [{name: out}]}');
    expect(alone).toBeDefined();
    expect(id('{sources: [{name: in}, {type: host}], destinations: [{name: out}]}')).toBe(alone);
  });
});

describe('secrets', () => {
  const files = {
    'c.yaml': configuration('{sources: [{name: in}], destinations: [{name: dt}]}'),
    'shop.yaml': `${SHOP}---
kind: Destination
metadata: {name: dt}
spec:
  type: dynatrace_otlp
  parameters: [{name: your_environment_id, value: abc}, {name: dynatrace_api_token, value: dt0c01.secret}]
`,
  };

  it('are shown as a server shows them', () => {
    const { text } = render(files, { types }).config;
    expect(text).toContain('Authorization: Api-Token (sensitive)');
    expect(text).not.toContain('dt0c01');
  });

  it('are whole in the text for agents', () => {
    expect(render(files, { types, secrets: 'plain' }).config.text).toContain(
      'Authorization: Api-Token dt0c01.secret',
    );
  });
});

describe('a raw configuration', () => {
  const text = `kind: Configuration
metadata: {name: own}
spec:
  raw: |
    # mine
    receivers: {nop: }
    service:
      pipelines: {}
`;

  it('is delivered byte for byte, and every key has its line', () => {
    const { config } = render({ 'own.yaml': text }, { types });
    expect(config.text).toBe('# mine\nreceivers: {nop: }\nservice:\n  pipelines: {}\n');
    expect(config.tree).toEqual({ receivers: { nop: null }, service: { pipelines: {} } });
    expect(config.provenance).toContainEqual({
      path: ['receivers', 'nop'],
      at: { file: 'own.yaml', line: 6, column: 17, endLine: 6, endColumn: 20 },
    });
  });

  it('that is no YAML is a finding on its line', () => {
    const { findings } = render({ 'own.yaml': text.replace('{nop: }', '{nop: ') }, { types });
    expect(findings[0]).toMatchObject({
      severity: 'error',
      configuration: 'Configuration/own',
      at: { file: 'own.yaml' },
    });
    expect(findings[0]?.at?.line).toBeGreaterThanOrEqual(6);
  });
});

describe('a parameter that does not fit its type', () => {
  it.each([
    ['grpc_port', 'many', 'must be an integer'],
    ['enable_tls', 'perhaps', 'must be true or false'],
    ['telemetry_types', '[Logs, Metricks]', 'did you mean `Metrics`'],
    ['listen_address', '[a]', 'must be a string'],
  ])('%s: %s', (name, value, message) => {
    const text = `kind: Source\nmetadata: {name: in}\nspec:\n  type: otlp\n  parameters:\n    - name: ${name}\n      value: ${value}\n`;
    const { findings } = render(
      {
        'in.yaml': text,
        'c.yaml': configuration('{sources: [{name: in}], destinations: [{type: dev_null}]}'),
      },
      { types },
    );
    expect(findings).toMatchObject([
      { rule: 'BPR-001', severity: 'error', at: { file: 'in.yaml', line: 7, column: 14 } },
    ]);
    expect(findings[0]?.message).toContain(message);
    expect(itemsAt(parseYaml('in.yaml', text).documents[0]?.root, 'spec', 'parameters')).toHaveLength(1);
  });

  it('is fine as text where the server takes text', () => {
    const { findings } = shop(
      "{sources: [{type: otlp, parameters: [{name: grpc_port, value: '4317'}, {name: enable_tls, value: 'true'}]}], destinations: [{name: out}]}",
    );
    expect(findings).toEqual([]);
  });
});
