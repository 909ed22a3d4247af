import type { Distribution } from '../collector/distribution.ts';
import { parseVersion, versionText } from '../collector/version.ts';

/** What an image reference says about the collector inside. `version` is absent for `latest`, digests alone and other tags. */
export interface ImageContent {
  readonly distribution: Distribution;
  readonly version?: string;
}

/**
 * Repositories by their last two path parts, whatever registry mirrors them (reference: image table of the component catalogue).
 * `bindplane-agent` is the older name of `bindplane-otel-collector`, `observiq-otel-collector` the one before.
 */
const REPOSITORIES: ReadonlyMap<string, Distribution> = new Map([
  ['observiq/bindplane-agent', 'bindplane-agent'],
  ['observiq/bindplane-otel-collector', 'bindplane-agent'],
  ['observiq/observiq-otel-collector', 'bindplane-agent'],
  ['otel/opentelemetry-collector', 'otelcol'],
  ['otel/opentelemetry-collector-contrib', 'otelcol-contrib'],
  ['otel/opentelemetry-collector-k8s', 'otelcol-k8s'],
  ['opentelemetry-collector-releases/opentelemetry-collector', 'otelcol'],
  ['opentelemetry-collector-releases/opentelemetry-collector-contrib', 'otelcol-contrib'],
  ['opentelemetry-collector-releases/opentelemetry-collector-k8s', 'otelcol-k8s'],
]);

/** Distribution and version of an image reference (`[registry[:port]/]repository[:tag][@digest]`). Never throws. */
export function imageContent(image: string): ImageContent {
  const reference = image.trim().split('@', 1)[0] ?? '';
  const slash = reference.lastIndexOf('/');
  const colon = reference.indexOf(':', slash + 1);
  const repository = (colon < 0 ? reference : reference.slice(0, colon)).toLowerCase();
  const distribution = REPOSITORIES.get(repository.split('/').slice(-2).join('/')) ?? 'unknown';
  const version = colon < 0 ? undefined : parseVersion(reference.slice(colon + 1));
  return { distribution, ...(version === undefined ? {} : { version: versionText(version) }) };
}
