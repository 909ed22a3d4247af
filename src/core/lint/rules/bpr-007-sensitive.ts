import { SENSITIVE } from '../../bindplane/parameters.ts';
import type { GivenParameter } from '../../bindplane/parameters.ts';
import type { Resource } from '../../bindplane/resource.ts';
import type { Finding, Severity } from '../../document/finding.ts';
import { typedItemsOf } from '../items.ts';
import type { TypedItem } from '../items.ts';
import type { LintInput, Rule } from '../rule.ts';

export const sensitiveRule: Rule = {
  id: 'BPR-007',
  severity: 'error',
  blocksApply: true,
  summary: 'The placeholder `(sensitive)` where the server has no value to keep',
  docs:
    'A server shows secrets as `(sensitive)` and takes that text as "keep what you have". For a new resource, or an inline item whose `id` it does not know, there is nothing to keep: the text itself becomes the secret, and ' +
    'nothing says so until the backend refuses it. Give the value as `${VARIABLE}`, or set it on the server first.',
  check,
};

function check(input: LintInput): readonly Finding[] {
  const before = input.live ?? input.base?.repository.resources;
  if (before === undefined) return [];
  // From nothing, everything is new: the files may as well be an export of a server that has the values.
  const severity = input.live === undefined && before.size === 0 ? 'warning' : 'error';
  return [...input.head.repository.resources.values()].flatMap(typedItemsOf).flatMap((item) => {
    const why = nothingToKeep(item, before.get(item.resource.key), input);
    if (why === undefined) return [];
    return item.parameters
      .filter(({ value }) => value === SENSITIVE)
      .map((parameter) => finding(item, parameter, why, severity));
  });
}

/** Why the server has no value for an item; undefined when it has one. */
function nothingToKeep(item: TypedItem, before: Resource | undefined, input: LintInput): string | undefined {
  const where = input.live === undefined ? 'is new' : 'is not on the server';
  if (before === undefined) return `${item.resource.kind} \`${item.resource.name}\` ${where}`;
  if (!item.inline) return undefined;
  if (item.id === undefined) return 'this inline item has no `id` by which the server could find its value';
  const known = typedItemsOf(before).some((old) => old.id === item.id);
  return known ? undefined : `the inline item with id \`${item.id}\` ${where}`;
}

function finding(
  item: TypedItem,
  { name, node, nameAt }: GivenParameter,
  why: string,
  severity: Severity,
): Finding {
  const at = node?.at ?? nameAt ?? item.at;
  return {
    rule: sensitiveRule.id,
    severity,
    message: `\`${name}\` is \`${SENSITIVE}\`, but ${why}: the text itself would be stored as the secret`,
    ...(at && { at }),
    fixes: [{ title: 'give the value as `${VARIABLE}` of the agent', ...(at && { at }) }],
  };
}
