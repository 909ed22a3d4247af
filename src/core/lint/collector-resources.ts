import type { EffectiveConfig } from '../collector/effective-config.ts';
import type { RenderedConfiguration } from '../resources/rendered.ts';
import { namesOf } from '../kubernetes/operator/names.ts';
import { objectsOfKind } from './manifest-nodes.ts';
import type { ManifestNode } from './manifest-nodes.ts';
import type { LintInput } from './rule.ts';

/** A resource `OpenTelemetryCollector` of the repository, with what it renders to where rules look into that. */
export interface WrittenCollector extends ManifestNode {
  readonly rendered?: RenderedConfiguration;
  readonly config?: EffectiveConfig;
}

/** The collector resources of a revision. Where several have one key, the first has the rendering. */
export function writtenCollectors(input: LintInput): readonly WrittenCollector[] {
  return objectsOfKind(input, ['OpenTelemetryCollector'])
    .filter(({ apiVersion }) => apiVersion.startsWith('opentelemetry.io/'))
    .map((found): WrittenCollector => {
      const key = `OpenTelemetryCollector/${found.namespace}/${found.name}` as const;
      if (input.among?.has(key) === false) return found;
      const rendered = input.head.effective.get(key);
      const own = rendered?.collector?.at;
      if (rendered === undefined || own?.file !== found.at.file || own.line !== found.at.line) return found;
      return { ...found, rendered, config: rendered.config };
    });
}

/**
 * The collector resource that a host means by its own name although the operator's Service for it is called otherwise: `gateway` or
 * `gateway.observability` for the resource `gateway`, whose Service is `gateway-collector`. With the host as it should be.
 */
export function meantCollector(
  host: string,
  collectors: readonly ManifestNode[],
): { readonly collector: ManifestNode; readonly host: string } | undefined {
  const [name, namespace, ...rest] = host.split('.');
  if (rest.length > 0 && rest[0] !== 'svc') return undefined;
  const collector = collectors.find(
    (one) => one.name === name && (namespace === undefined || !one.placed || one.namespace === namespace),
  );
  if (collector === undefined || name === undefined) return undefined;
  const { service } = namesOf(name, collector.namespace);
  return { collector, host: [service, ...(namespace === undefined ? [] : [namespace]), ...rest].join('.') };
}
