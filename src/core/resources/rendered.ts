import type { Resource } from '../bindplane/resource.ts';
import type { EffectiveConfig } from '../collector/effective-config.ts';
import type { Finding, SourceRange } from '../document/finding.ts';
import type { ConfigKey } from '../fleet/config-key.ts';
import type { RenderedCollector } from '../kubernetes/rendered-collector.ts';

/** One config, rendered. `findings` are what rendering had to say (unknown types, parameters, templates). */
export interface RenderedConfiguration {
  readonly key: ConfigKey;
  readonly name: string;
  /** Where it is declared. */
  readonly at?: SourceRange;
  /** The Configuration it is rendered from, where a control plane delivers it. */
  readonly resource?: Resource;
  /** What runs it, where Kubernetes or a file configures it. */
  readonly collector?: RenderedCollector;
  /** As a server shows it: secrets masked. */
  readonly config: EffectiveConfig;
  /** As agents get it, secrets in clear: to compare and to look for variables in, never to show. */
  readonly delivered: EffectiveConfig;
  readonly findings: readonly Finding[];
}
