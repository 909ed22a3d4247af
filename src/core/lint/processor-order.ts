import { pipelinesOf } from '../collector/pipelines.ts';
import type { EffectiveConfig } from '../collector/effective-config.ts';
import type { Fix, TextEdit } from '../document/finding.ts';
import { lineOf } from './edits.ts';
import type { Texts } from './edits.ts';
import { writtenAt } from './line-edits.ts';

/**
 * Puts a processor first or last in every pipeline that names it elsewhere. None where a list is not written down as it is (a chart or a
 * template makes it), as then nobody can mend it there.
 */
export function orderFixes(
  config: EffectiveConfig,
  id: string,
  place: 'first' | 'last',
  texts: Texts,
): readonly Fix[] {
  const edits: TextEdit[] = [];
  for (const pipeline of pipelinesOf(config.tree)) {
    const { processors } = pipeline;
    const others = processors.filter((other) => other !== id);
    if (others.length === processors.length) continue;
    const wanted = place === 'first' ? [id, ...others] : [...others, id];
    if (wanted.length !== processors.length) return [];
    for (const [index, now] of processors.entries()) {
      const next = wanted[index];
      if (next === undefined || next === now) continue;
      const at = writtenAt(config, ['service', 'pipelines', pipeline.id, 'processors', String(index)]);
      if (at === undefined || at.line !== at.endLine) return [];
      if (lineOf(at, texts).slice(at.column - 1, at.endColumn - 1) !== now) return [];
      edits.push({ at, text: next });
    }
  }
  const [first] = edits;
  if (first === undefined) return [];
  return [{ title: `Put \`${id}\` ${place} in its pipelines`, at: first.at, edits }];
}
