import { expect, it } from 'vitest';
import { imageContent } from '../../../src/core/kubernetes/image.ts';

it.each([
  ['ghcr.io/observiq/bindplane-agent:1.80.1', 'bindplane-agent', '1.80.1'],
  ['observiq/bindplane-agent:v1.84.0', 'bindplane-agent', '1.84.0'],
  ['observiq/bindplane-otel-collector:1.90.0-scratch', 'bindplane-agent', '1.90.0'],
  ['registry.local:5000/mirror/observiq/bindplane-agent:1.80.1', 'bindplane-agent', '1.80.1'],
  ['otel/opentelemetry-collector-contrib:0.135.0', 'otelcol-contrib', '0.135.0'],
  ['otel/opentelemetry-collector-k8s:0.158.0@sha256:0123', 'otelcol-k8s', '0.158.0'],
  [
    'ghcr.io/open-telemetry/opentelemetry-collector-releases/opentelemetry-collector:0.158.0',
    'otelcol',
    '0.158.0',
  ],
  ['observiq/bindplane-agent:latest', 'bindplane-agent', undefined],
  ['observiq/bindplane-agent', 'bindplane-agent', undefined],
  ['observiq/bindplane-agent@sha256:0123', 'bindplane-agent', undefined],
  ['acme/collector:1.2.3', 'unknown', '1.2.3'],
  ['acme/bindplane-agent:1.2.3', 'unknown', '1.2.3'],
  ['', 'unknown', undefined],
])('%s holds %s %s', (image, distribution, version) => {
  expect(imageContent(image)).toEqual({ distribution, ...(version === undefined ? {} : { version }) });
});
