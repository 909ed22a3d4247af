import { closest } from '../document/closest.ts';
import { compareText } from '../document/finding.ts';
import { agentVersions } from './agent-versions.ts';
import type { AgentVersions, VersionFact } from './agent-versions.ts';
import { canonicalType } from './catalogue-data.ts';
import type { CatalogueData, Content } from './catalogue-data.ts';
import type { ComponentClass } from './component-id.ts';
import type { Distribution } from './distribution.ts';
import { rememberedVerdicts } from './remembered-verdicts.ts';
import { compareVersions, fullVersion, isAfter, isAtLeast, parseVersion } from './version.ts';

/**
 * How sure a verdict is and from which data. `exact`: recorded for this very version; `likely`: concluded from neighbouring versions
 * or from another distribution.
 */
export interface Basis {
  readonly certainty: 'exact' | 'likely';
  readonly data: string;
}

/** Whether a distribution has a component at a version. Where the data does not say, the verdict is `unknown`, never a guess. */
export type ComponentVerdict =
  | ({ readonly verdict: 'present'; readonly alias?: ComponentAlias } & Basis)
  | ({ readonly verdict: 'absent'; readonly reason: 'not-included'; readonly suggestion?: string } & Basis)
  | ({
      readonly verdict: 'absent';
      readonly reason: 'named-later';
      readonly since: string;
      readonly agentSince?: string;
      readonly use: string;
    } & Basis)
  | ({
      readonly verdict: 'absent';
      readonly reason: 'removed';
      readonly last: string;
      readonly instead?: string;
    } & Basis)
  | { readonly verdict: 'unknown'; readonly why: string };

/** The written name is an old one that is still accepted; `name` is the current one since collector version `since`. */
interface ComponentAlias {
  readonly name: string;
  readonly since: string;
}

/** A type name that came with a rename, or a component that was removed; versions are collector versions. */
export type ComponentKnowledge =
  | { readonly since: string; readonly agentSince?: string; readonly oldName: string }
  | { readonly last: string; readonly instead?: string };

/** One question to the catalogue; `collector` is the collector version inside `version`. */
export interface Question {
  readonly distribution: Distribution;
  readonly version: string;
  readonly collector: VersionFact | undefined;
  readonly componentClass: ComponentClass;
  readonly type: string;
}

const remembered = rememberedVerdicts<ComponentVerdict>();

/** Answers one question from recorded contents, renames and removals, in the order of how sure they are. */
export function componentVerdict(
  data: CatalogueData,
  agents: AgentVersions,
  question: Question,
): ComponentVerdict {
  const { distribution, version, collector, componentClass, type } = question;
  const asked = [distribution, version, collector?.version, collector?.certainty, componentClass, type];
  return remembered(data, asked.join('\n'), () => judge(data, agents, question));
}

function judge(data: CatalogueData, agents: AgentVersions, question: Question): ComponentVerdict {
  const { distribution, version, collector } = question;
  if (distribution === 'unknown') return { verdict: 'unknown', why: 'the distribution is not known' };
  if (collector === undefined) {
    return { verdict: 'unknown', why: `the collector version of ${distribution} ${version} is not known` };
  }
  return (
    namedLater(data, agents, question, collector) ??
    fromContents(data, question, collector) ??
    removed(data, question, collector) ??
    seenInContrib(data, question, collector) ?? {
      verdict: 'unknown',
      why: `the content of ${distribution} at ${version} is not recorded`,
    }
  );
}

/** A new name on a collector that only knows the old one. */
function namedLater(
  data: CatalogueData,
  agents: AgentVersions,
  question: Question,
  collector: VersionFact,
): ComponentVerdict | undefined {
  const rename = data.renames.find(
    (row) => row.class === question.componentClass && row.new === question.type,
  );
  if (rename === undefined || isAtLeast(collector.version, rename.since)) return undefined;
  const agentSince =
    question.distribution === 'bindplane-agent' ? agents.firstWith(rename.since)?.version : undefined;
  return {
    verdict: 'absent',
    reason: 'named-later',
    since: fullVersion(rename.since),
    ...(agentSince === undefined ? {} : { agentSince }),
    use: rename.old,
    certainty: rename.certain && collector.certainty === 'exact' ? 'exact' : 'likely',
    data: 'renames of otelcol-contrib',
  };
}

/**
 * Recorded contents: exact at their own version. Between two recorded versions that agree, likely. After the last one a component
 * that was there is likely still there unless a removal says otherwise; one that was not there may have been added: unknown.
 */
function fromContents(
  data: CatalogueData,
  question: Question,
  collector: VersionFact,
): ComponentVerdict | undefined {
  const contents = (data.contents.get(question.distribution) ?? []).toSorted((a, b) =>
    order(a.version, b.version),
  );
  const exact = contents.find((content) => same(content.version, question.version));
  if (exact !== undefined) return inContent(data, question, exact, 'exact');
  const before = contents.findLast((content) => order(content.version, question.version) < 0);
  const after = contents.find((content) => order(content.version, question.version) > 0);
  if (before === undefined) return undefined;
  const then = inContent(data, question, before, 'likely');
  if (after !== undefined) {
    const later = inContent(data, question, after, 'likely');
    return then?.verdict === later?.verdict ? then : undefined;
  }
  if (then?.verdict !== 'present') return undefined;
  return removed(data, question, collector, collectorOf(data, question.distribution, before)) ?? then;
}

function inContent(
  data: CatalogueData,
  question: Question,
  content: Content,
  certainty: 'exact' | 'likely',
): ComponentVerdict | undefined {
  const { componentClass, type, distribution } = question;
  const names = content.components.get(componentClass) ?? new Set();
  const basis: Basis = { certainty, data: `content of ${distribution} ${content.version}` };
  const wanted = canonicalType(data, componentClass, type);
  const found = [...names].some((name) => canonicalType(data, componentClass, name) === wanted);
  if (found) {
    return {
      verdict: 'present',
      ...aliasOf(data, question),
      ...basis,
      certainty: content.unverified.has(type) ? 'likely' : certainty,
    };
  }
  const bare = type.replaceAll('_', '');
  if (content.unverified.has(type) || [...names].some((name) => name.replaceAll('_', '') === bare)) {
    return undefined;
  }
  const suggestion = closest(type, [...names]);
  return {
    verdict: 'absent',
    reason: 'not-included',
    ...(suggestion === undefined ? {} : { suggestion }),
    ...basis,
  };
}

function aliasOf(data: CatalogueData, question: Question): { readonly alias?: ComponentAlias } {
  const rename = data.renames.find(
    (row) => row.class === question.componentClass && row.old === question.type,
  );
  if (
    rename === undefined ||
    question.collector === undefined ||
    !isAtLeast(question.collector.version, rename.since)
  ) {
    return {};
  }
  return { alias: { name: rename.new, since: fullVersion(rename.since) } };
}

/** A removal counts unless the distribution is recorded to carry the component later than that (it may bring its own). */
function removed(
  data: CatalogueData,
  question: Question,
  collector: VersionFact,
  carriedAt?: string,
): ComponentVerdict | undefined {
  const removal = data.removals.find(
    (row) => row.class === question.componentClass && row.type === question.type,
  );
  if (removal === undefined || !isAfter(collector.version, removal.last)) return undefined;
  if (carriedAt !== undefined && isAfter(carriedAt, removal.last)) return undefined;
  return {
    verdict: 'absent',
    reason: 'removed',
    last: fullVersion(removal.last),
    ...(removal.instead === undefined ? {} : { instead: removal.instead }),
    certainty: question.distribution === 'otelcol-contrib' ? 'exact' : 'likely',
    data: 'release manifests of otelcol-contrib',
  };
}

/** Names known to be in otelcol-contrib: what the smaller distributions hold it holds too. */
function seenInContrib(
  data: CatalogueData,
  question: Question,
  collector: VersionFact,
): ComponentVerdict | undefined {
  if (question.distribution !== 'otelcol-contrib') return undefined;
  const { componentClass, type } = question;
  const wanted = canonicalType(data, componentClass, type);
  const seen = data.seen.some(
    (row) =>
      row.class === componentClass &&
      canonicalType(data, componentClass, row.type) === wanted &&
      isAtLeast(collector.version, row.first) &&
      !isAfter(collector.version, row.last),
  );
  if (seen) {
    return {
      verdict: 'present',
      ...aliasOf(data, question),
      certainty: 'likely',
      data: 'fields seen in otelcol-contrib',
    };
  }
  const rename = data.renames.find((row) => row.class === componentClass && row.new === wanted);
  if (
    rename !== undefined &&
    isAtLeast(collector.version, rename.since) &&
    !isAfter(collector.version, data.aliasThrough)
  ) {
    return {
      verdict: 'present',
      ...aliasOf(data, question),
      certainty: 'likely',
      data: 'renames of otelcol-contrib',
    };
  }
  for (const smaller of ['otelcol', 'otelcol-k8s'] as const) {
    const verdict = fromContents(data, { ...question, distribution: smaller }, collector);
    if (verdict?.verdict === 'present') return { ...verdict, certainty: 'likely' };
  }
  return undefined;
}

function collectorOf(data: CatalogueData, distribution: Distribution, content: Content): string | undefined {
  return distribution === 'bindplane-agent'
    ? agentVersions(data).collectorVersion(content.version)?.version
    : content.version;
}

function order(a: string, b: string): number {
  const left = parseVersion(a);
  const right = parseVersion(b);
  return left === undefined || right === undefined ? compareText(a, b) : compareVersions(left, right);
}

function same(a: string, b: string): boolean {
  return order(a, b) === 0;
}

/** When a name came or a component went, whatever the version; undefined when the data knows of neither. */
export function componentKnowledge(
  data: CatalogueData,
  agents: AgentVersions,
  componentClass: ComponentClass,
  type: string,
): ComponentKnowledge | undefined {
  const rename = data.renames.find((row) => row.class === componentClass && row.new === type);
  if (rename !== undefined) {
    const agentSince = agents.firstWith(rename.since)?.version;
    return {
      since: fullVersion(rename.since),
      ...(agentSince === undefined ? {} : { agentSince }),
      oldName: rename.old,
    };
  }
  const removal = data.removals.find((row) => row.class === componentClass && row.type === type);
  if (removal === undefined) return undefined;
  return {
    last: fullVersion(removal.last),
    ...(removal.instead === undefined ? {} : { instead: removal.instead }),
  };
}
