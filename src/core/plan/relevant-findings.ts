import type { ResourceKey } from '../bindplane/resource.ts';
import { compareFindings } from '../document/finding.ts';
import type { Finding, SourceRange } from '../document/finding.ts';
import type { ResourceChange } from '../diff/resources.ts';
import type { ConfigKey } from '../fleet/config-key.ts';
import { lint } from '../lint/lint.ts';
import type { LintInput } from '../lint/rule.ts';
import type { LoadedView } from '../resources/view.ts';
import { realChanges } from './changes.ts';
import type { ConfigurationPlan } from './plan.ts';

/**
 * Findings that are new with head, older ones that stand on a changed resource, and older errors of a configuration that is rolled out: agents
 * that kept another config so far will meet them. What was doubtful before, and what is only about the repository (`SEC-`), is `lint`'s to tell.
 */
export function relevantFindings(
  base: LoadedView,
  input: LintInput,
  changes: readonly ResourceChange[],
  configurations: readonly ConfigurationPlan[],
): readonly Finding[] {
  const found = lint(input);
  const isKnown = knownBefore(base, input, found);
  const rolled = new Set<string>(configurations.filter(({ rollout }) => rollout).map(({ key }) => key));
  const documents = realChanges(changes).flatMap(({ after }) => after?.document?.at ?? []);
  return found
    .filter(
      (finding) =>
        !isKnown(finding) ||
        (isForAgents(finding) && rolled.has(finding.configuration ?? '')) ||
        documents.some((document) => stands(finding.at, document)),
    )
    .toSorted(compareFindings);
}

function isForAgents({ rule, severity }: Finding): boolean {
  return severity === 'error' && !rule.startsWith('SEC-');
}

/**
 * Which findings of head base has too. Only configurations that may differ are looked into; a finding on a line of a file that did not change may
 * also have been there through a configuration that did not either, so those that use what stands there are asked as well.
 */
function knownBefore(
  base: LoadedView,
  { base: _base, live: _live, ...alone }: LintInput,
  found: readonly Finding[],
): (finding: Finding) => boolean {
  const rules = rulesOf(found);
  const known = new Set(lint({ ...alone, head: base }, rules).flatMap(identities));
  const isKnown = (finding: Finding): boolean => partsOf(finding).every((part) => known.has(identity(part)));
  const unsure = found.filter(
    (finding) => !isKnown(finding) && isUnchanged(finding.at?.file, base, alone.head),
  );
  const users = usersOf(unsure, base);
  if (alone.among !== undefined && users.size > 0) {
    const among = new Set<ConfigKey>([...alone.among, ...users]);
    for (const one of lint({ ...alone, head: base, among }, rules).flatMap(identities)) known.add(one);
  }
  return isKnown;
}

/** The rules that base is to be asked as well: those that found something, all where suppressions are complained of. */
function rulesOf(found: readonly Finding[]): ReadonlySet<string> | undefined {
  const rules = new Set(
    found.flatMap((finding) => [finding, ...(finding.points ?? [])].map(({ rule }) => rule)),
  );
  return rules.has('COL-001') ? undefined : rules;
}

type Complaint = Pick<Finding, 'rule' | 'message' | 'at'>;

/** What a finding is made of: with fewer points than before it is nothing new. */
function partsOf(finding: Finding): readonly Complaint[] {
  return finding.points ?? [finding];
}

function identities(finding: Finding): readonly string[] {
  return partsOf(finding).map(identity);
}

function isUnchanged(file: string | undefined, base: LoadedView, head: LoadedView): boolean {
  if (file === undefined) return false;
  const text = base.repository.texts.get(file);
  return text !== undefined && text === head.repository.texts.get(file);
}

/** Configurations of base that use the resources on which these findings stand. */
function usersOf(findings: readonly Finding[], base: LoadedView): ReadonlySet<ResourceKey> {
  if (findings.length === 0) return new Set();
  const keys = [...base.repository.resources.values()].flatMap(({ key, document }) =>
    document !== undefined && findings.some(({ at }) => stands(at, document.at)) ? key : [],
  );
  return new Set([...keys, ...base.graph.dependents(keys)].filter((key) => key.startsWith('Configuration/')));
}

/** The same complaint in two revisions, though lines moved. */
function identity({ rule, message, at }: Complaint): string {
  return [rule, at?.file ?? '', message].join('\n');
}

function stands(at: SourceRange | undefined, document: SourceRange): boolean {
  return at?.file === document.file && document.line <= at.line && at.line <= document.endLine;
}
