import { unknownAmong } from '../../bindplane/parameters.ts';
import type { Finding } from '../../document/finding.ts';
import { typedItemsOf } from '../items.ts';
import type { LintInput, Rule } from '../rule.ts';

export const parameterRule: Rule = {
  id: 'BPR-006',
  severity: 'warning',
  summary: 'A parameter that the type does not have',
  docs: 'The server keeps it and ignores it (`ignoring parameter … not defined in type …`), so the value has no effect. Types come from the server where there is one, else from the built-in catalogue.',
  check,
};

function check({ head }: LintInput): readonly Finding[] {
  return [...head.repository.resources.values()].flatMap(typedItemsOf).flatMap((item): readonly Finding[] => {
    const type = head.types.get(item.kind, item.type);
    if (type === undefined) return [];
    // A server's own type is the whole truth; a newer server may give a built-in type more parameters.
    const builtIn = type.version === undefined;
    return unknownAmong(item.parameters, type).map(({ name, at, suggestion }) => ({
      rule: parameterRule.id,
      severity: builtIn && suggestion === undefined ? 'notice' : 'warning',
      message: `parameter \`${name}\` is not defined in ${builtIn ? 'the built-in ' : ''}type \`${type.name}\`; ${builtIn ? 'a server that does not know it' : 'the server'} ignores it${suggestion === undefined ? '' : `. Did you mean \`${suggestion}\`?`}`,
      ...(at && { at }),
      ...(suggestion !== undefined && {
        fixes: [{ title: `write \`${suggestion}\``, ...(at && { at, edits: [{ at, text: suggestion }] }) }],
      }),
    }));
  });
}
