import { expect } from 'vitest';
import type { ComponentCatalogue } from '../../../src/core/collector/catalogue.ts';
import type { SemanticChange } from '../../../src/core/diff/semantic-change.ts';
import { semanticDiff } from '../../../src/core/diff/semantic.ts';
import { isMap, type JsonMap, plain } from '../../../src/core/document/node.ts';
import { parseYaml } from '../../../src/core/document/yaml.ts';
import { builtInCatalogue } from '../../support/catalogue.ts';

export const catalogue: ComponentCatalogue = builtInCatalogue();

export function tree(text: string): JsonMap {
  const value = plain(parseYaml('config.yaml', text).documents[0]?.root);
  return isMap(value) ? value : {};
}

export function changes(before: string, after: string): readonly SemanticChange[] {
  return semanticDiff(tree(before), tree(after), catalogue).changes;
}

export const BASE = `
receivers:
  otlp/in: {protocols: {grpc: {endpoint: "0.0.0.0:4317"}}}
  filelog/app: {include: [/var/log/app.log], poll_interval: 1s}
processors:
  batch/out:
  memory_limiter: {check_interval: 1s, limit_mib: 400}
exporters:
  otlp/backend: {endpoint: "\${BACKEND}:4317"}
  otlp/second: {endpoint: "second:4317"}
extensions:
  health_check:
  file_storage/queue: {directory: /var/lib/queue}
service:
  extensions: [health_check, file_storage/queue]
  pipelines:
    logs/app: {receivers: [filelog/app, otlp/in], processors: [memory_limiter, batch/out], exporters: [otlp/backend, otlp/second]}
    traces: {receivers: [otlp/in], processors: [batch/out], exporters: [otlp/backend]}
`;

/** The base with texts replaced; each must be there. */
export function edited(...edits: readonly (readonly [string, string])[]): string {
  return edits.reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.split(from).join(to);
  }, BASE);
}
