import type { Json } from '../../../../src/core/document/node.ts';
import { renderCollectorResource } from '../../../../src/core/kubernetes/operator/render-resource.ts';
import type { RenderedCollector } from '../../../../src/core/kubernetes/rendered-collector.ts';
import { dig, rootsOf } from '../helm/chart-examples.ts';

export const HEAD =
  'apiVersion: opentelemetry.io/v1beta1\nkind: OpenTelemetryCollector\nmetadata: {name: gateway, namespace: shop}\nspec:\n';

export function render(text: string, operatorVersion?: string): RenderedCollector {
  const [root] = rootsOf('collector.yaml', text);
  if (root === undefined) throw new Error('unreadable');
  return renderCollectorResource(root, operatorVersion === undefined ? {} : { operatorVersion });
}

/** A resource whose config has these sections; every receiver and extension runs. */
export function withConfig(receivers: string, more: string = '', spec: string = ''): string {
  return `${HEAD}${spec}  config:
    receivers: ${receivers}
    exporters: {debug: {}}
${more}    service:
      pipelines:
        traces: {receivers: [${Object.keys(Object(dig(plainYaml(receivers)))).join(', ')}], exporters: [debug]}
`;
}

function plainYaml(text: string): Json {
  const [root] = rootsOf('x', `v: ${text}`);
  const entry = root?.kind === 'map' ? root.entries[0]?.value : undefined;
  return entry?.kind === 'map' ? Object.fromEntries(entry.entries.map(({ key }) => [key, null])) : {};
}
