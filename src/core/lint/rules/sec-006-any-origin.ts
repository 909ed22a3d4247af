import { isList, isMap } from '../../document/node.ts';
import type { Json } from '../../document/node.ts';
import type { Rule } from '../rule.ts';
import { isAuthored, runningFinding } from '../running-finding.ts';

export const anyOriginRule: Rule = {
  id: 'SEC-006',
  severity: 'warning',
  summary: 'A receiver that takes data from the scripts of any web page',
  docs: 'With `*` in `cors.allowed_origins` a page that a user of yours visits can send in his name, from inside your network. Name the origins of your own pages.',
  check: (_input, { running }) =>
    running.flatMap((one) =>
      one.components.flatMap(({ class: section, id, body }) =>
        section === 'exporters'
          ? []
          : anyOrigins(body, [section, id])
              .filter(({ path }) => isAuthored(one, path))
              .map(({ path, origin }) =>
                runningFinding(one, {
                  rule: anyOriginRule.id,
                  severity: 'warning',
                  path,
                  message: `${section.slice(0, -1)} \`${id}\` allows the origin \`${origin}\`: any web page`,
                }),
              ),
      ),
    ),
};

function anyOrigins(
  value: Json,
  path: readonly string[],
): readonly { readonly path: readonly string[]; readonly origin: string }[] {
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const origins = key === 'cors' && isMap(child) ? child['allowed_origins'] : undefined;
    if (!isList(origins)) return anyOrigins(child, [...path, key]);
    const index = origins.findIndex(
      (origin) => typeof origin === 'string' && /^(?:https?:\/\/)?\*$/.test(origin),
    );
    const origin = origins[index];
    return typeof origin === 'string'
      ? [{ path: [...path, key, 'allowed_origins', String(index)], origin }]
      : [];
  });
}
