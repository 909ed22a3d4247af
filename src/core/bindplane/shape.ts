import { closest } from '../document/closest.ts';
import type { Finding } from '../document/finding.ts';
import { at, entry, type MapNode } from '../document/node.ts';
import { KINDS } from './resource.ts';

/** Shape findings of one document: see `readResource`. */
export function shapeFindings(root: MapNode): readonly Finding[] {
  const kind = at(root, 'kind');
  const name = kind?.kind === 'scalar' ? String(kind.value) : '';
  if (!KINDS.some((known) => known === name)) {
    const meant = closest(name, KINDS);
    const message =
      name === ''
        ? 'the document has no `kind`'
        : `unknown kind \`${name}\`${meant === undefined ? '' : `, did you mean \`${meant}\`?`}`;
    return [{ rule: 'BPR-001', severity: 'error', message, at: kind?.at ?? root.at }];
  }
  return entry(root, 'metadata') === undefined
    ? [{ rule: 'BPR-001', severity: 'error', message: `${name} without \`metadata\``, at: root.at }]
    : [];
}
