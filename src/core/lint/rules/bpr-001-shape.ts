import { parameterFindings } from '../../bindplane/parameters.ts';
import type { Finding, SourceRange } from '../../document/finding.ts';
import type { LoadedView } from '../../resources/view.ts';
import { typedItemsOf } from '../items.ts';
import { misplacedPlatform, platformFix } from '../platform-label.ts';
import type { Rule } from '../rule.ts';
import { misplacedSelector } from './bpr-002-selector.ts';

/** Found while files are read (schemas, types); this rule hands them on, except what the rule about selectors tells better. */
export const shapeRule: Rule = {
  id: 'BPR-001',
  severity: 'error',
  blocksApply: true,
  summary: 'A resource that does not have the shape of its kind: unknown key, wrong type of value',
  docs:
    'BindPlane refuses a whole apply for one unknown key inside `spec`, and drops unknown keys beside it without a word. The finding stands on the key or value; ' +
    'where a known name is near, it is offered.',
  check: ({ head }) => [...fromReading(head), ...wrongValues(head)],
};

function fromReading({ findings, repository }: LoadedView): readonly Finding[] {
  const misplaced = [...repository.resources.values()].flatMap(
    (resource) => misplacedSelector(resource)?.keyAt ?? [],
  );
  const platforms = [...repository.resources.values()].flatMap((resource) => {
    const platform = misplacedPlatform(resource);
    return platform === undefined ? [] : [{ resource, platform }];
  });
  return findings.flatMap((finding): readonly Finding[] => {
    const { rule, at } = finding;
    if (rule !== 'BPR-001' || misplaced.some((key) => isSame(key, at))) return [];
    const found = platforms.find(({ platform }) => isSame(platform.keyAt, at));
    if (found === undefined || at === undefined) return [finding];
    const fix = platformFix(found.resource, found.platform, at, repository.texts);
    return [{ ...finding, fixes: [...(finding.fixes ?? []), fix] }];
  });
}

function isSame(key: SourceRange, at: SourceRange | undefined): boolean {
  return key.file === at?.file && key.line === at.line && key.column === at.column;
}

/** Values that do not fit, of resources that no configuration renders too. */
function wrongValues({ repository, types }: LoadedView): readonly Finding[] {
  return [...repository.resources.values()].flatMap(typedItemsOf).flatMap((item) => {
    const type = types.get(item.kind, item.type);
    return type === undefined ? [] : parameterFindings(item.parameters, type);
  });
}
