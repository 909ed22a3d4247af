import { expect } from 'vitest';
import type { RiskReason } from '../../../../src/core/plan/risk/plan-risk.ts';
import { doc, type Files, planOf, workload } from '../support.ts';

export const BASE = `
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
export function edited(...edits: readonly (readonly [string, string])[]): string {
  return edits.reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.split(from).join(to);
  }, BASE);
}

export function raw(config: string, selector = 'configuration: edge'): Files {
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

export type Told = readonly string[];

export function told(reasons: readonly RiskReason[], rule?: string): Told {
  return reasons
    .filter((reason) => (rule === undefined ? reason.rule !== 'RSK-009' : reason.rule === rule))
    .map(({ rule: id, level, message }) => `${level} ${id} ${message}`);
}

/** What speaks against going from one raw config to another, what the restart costs left out. */
export function risks(after: string, before: string = BASE): Told {
  return told(planOf(raw(before), raw(after)).risk.reasons);
}

export const GATEWAY = `
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
export function tiers(gateway: string, endpoint: string, ports = '[{port: 4317}]'): Files {
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
