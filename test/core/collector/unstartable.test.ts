import { expect, it } from 'vitest';
import { whyUnstartable } from '../../../src/core/collector/unstartable.ts';
import { rawConfig } from '../../support/raw-config.ts';

const COMPONENTS = `receivers: {otlp: }
processors: {batch: }
exporters: {debug: }
connectors: {forward: }
extensions: {zpages: }
service:
`;

function why(service: string, components = COMPONENTS): readonly string[] {
  return whyUnstartable(rawConfig('c.yaml', `${components}${service}`).tree);
}

it.each([
  [
    'names what is there',
    'extensions: [zpages]\n  pipelines: {logs: {receivers: [otlp], processors: [batch], exporters: [debug]}}',
  ],
  ['names connectors at both ends', 'pipelines: {logs: {receivers: [forward], exporters: [forward]}}'],
  ['has no pipeline at all, which a supervisor may add', 'telemetry: {}'],
])('is none that surely does not start when it %s', (_what, service) => {
  expect(why(`  ${service}\n`)).toEqual([]);
});

it.each([
  [
    'pipelines: {logs: {receivers: [otpl], exporters: [debug]}}',
    'pipeline `logs` names receiver `otpl`, which is not configured',
  ],
  [
    'pipelines: {logs: {receivers: [otlp], processors: [forward], exporters: [debug]}}',
    'pipeline `logs` names processor `forward`, which is not configured',
  ],
  [
    'pipelines: {logs: {receivers: [otlp], exporters: [debug, file]}}',
    'pipeline `logs` names exporter `file`, which is not configured',
  ],
  ['extensions: [pprof]', '`service.extensions` names `pprof`, which is not configured'],
  ['pipelines: {logs: {receivers: [otlp]}}', 'pipeline `logs` has no exporter'],
  ['pipelines: {logs: {exporters: [debug]}}', 'pipeline `logs` has no receiver'],
])('does not start with %s', (service, told) => {
  expect(why(`  ${service}\n`)).toEqual([told]);
});
