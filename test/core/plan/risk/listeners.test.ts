import { describe, expect, it } from 'vitest';
import { type Files, planOf, workload } from '../support.ts';
import { BASE, edited, GATEWAY, raw, risks, tiers, type Told, told } from './raw-configs.ts';

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
