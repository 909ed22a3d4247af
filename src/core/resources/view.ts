import type { ConfigKey } from '../fleet/config-key.ts';
import type { ResourceKey } from '../bindplane/resource.ts';
import type { TypeCatalogue, TypeKind } from '../bindplane/types.ts';
import type { Finding } from '../document/finding.ts';
import type { Agent } from '../fleet/agent.ts';
import type { EmptySelector } from '../fleet/selector.ts';
import type { Target } from '../fleet/target.ts';
import { effectiveConfigs, typesOf } from './effective.ts';
import type { EffectiveConfigs } from './effective.ts';
import { buildGraph } from './graph.ts';
import type { ResourceGraph } from './graph.ts';
import { sameItems } from './load.ts';
import type { LoadedRepository } from './load.ts';
import { targetsOf } from './targets.ts';

/** One revision, understood: its resources, what they render to, and who gets it. */
export interface LoadedView {
  readonly repository: LoadedRepository;
  readonly context: ViewContext;
  /** What the repository's own types have wrong. */
  readonly typeFindings: readonly Finding[];
  /** The types it was rendered with, the repository's own in front. */
  readonly types: TypeCatalogue;
  readonly graph: ResourceGraph;
  readonly effective: EffectiveConfigs;
  readonly targets: ReadonlyMap<ConfigKey, Target>;
  readonly agents?: readonly Agent[];
  /** Of loading and types; what rendering says is with each of `effective`. */
  readonly findings: readonly Finding[];
  /** Files that could not be read and stand as they were in another revision. */
  readonly asBefore?: ReadonlySet<string>;
}

/** Files with something that could not be read. */
export function unreadFiles(findings: readonly Finding[]): ReadonlySet<string> {
  return new Set(
    findings.flatMap(({ rule, severity, at }) =>
      rule === 'CFG-001' && severity === 'error' && at !== undefined ? [at.file] : [],
    ),
  );
}

/** What a revision is read with. */
export interface ViewContext {
  readonly types: TypeCatalogue;
  /** Live agents; absent when no control plane and no inventory is known. */
  readonly agents?: readonly Agent[];
  /** Collector version where nothing in the files or from agents says it: some types have texts for several. */
  readonly collectorVersion?: string;
  /** What an empty selector means to the server; `everybody`, as on a BindPlane server, unless said otherwise. */
  readonly emptySelector?: EmptySelector;
}

/**
 * Everything that lint and plan ask about one revision, computed once.
 * @param like another revision, read in the same context: what is made from the same files is taken from it
 */
export function viewOf(repository: LoadedRepository, context: ViewContext, like?: LoadedView): LoadedView {
  const sameTypes =
    like !== undefined &&
    like.context.types === context.types &&
    sameItems(repository.typeDocuments, like.repository.typeDocuments);
  const { types, findings } = sameTypes
    ? { types: like.types, findings: like.typeFindings }
    : typesOf(repository, context.types);
  const sameVersion = like?.context.collectorVersion === context.collectorVersion;
  const effective = effectiveConfigs(
    repository,
    types,
    context.collectorVersion,
    sameVersion ? like : undefined,
  );
  return {
    repository,
    context,
    types,
    typeFindings: findings,
    graph: buildGraph(repository.resources, (key) => isKnownType(types, key)),
    effective,
    targets: targetsOf(repository, context.agents, context.emptySelector ?? 'everybody'),
    ...(context.agents && { agents: context.agents }),
    findings: [...repository.findings, ...findings],
  };
}

const TYPE_KINDS: Readonly<Record<string, TypeKind>> = {
  SourceType: 'source',
  DestinationType: 'destination',
  ProcessorType: 'processor',
  ConnectorType: 'connector',
  ExtensionType: 'extension',
};

function isKnownType(types: TypeCatalogue, key: ResourceKey): boolean {
  const slash = key.indexOf('/');
  const kind = TYPE_KINDS[key.slice(0, slash)];
  return kind !== undefined && types.get(kind, key.slice(slash + 1)) !== undefined;
}
