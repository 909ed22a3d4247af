import { emitYaml } from '../document/emit.ts';
import type { SourceRange } from '../document/finding.ts';
import { isMap } from '../document/node.ts';
import type { RenderedConfig } from './rendered-collector.ts';
import { entriesOf, pick, plainOf, provenanceIn, textOf } from './traced.ts';
import type { Traced } from './traced.ts';
import type { EnvironmentVariable } from './workload.ts';

/** A config as text, tree and places. What stands nowhere in a file is found at `at`, the start of what the collector is made from. */
export function renderedConfig(config: Traced, at: SourceRange): RenderedConfig {
  const plain = plainOf(config);
  const tree = isMap(plain) ? plain : {};
  const { provenance, added } = provenanceIn(config);
  const start = { ...at, endLine: at.line, endColumn: at.column + 1 };
  const whole = config.origin.at === undefined ? [{ path: [], at: start }] : [];
  return { text: emitYaml(tree), tree, provenance: [...whole, ...provenance], added };
}

/** An item of a list of variables in values or in a custom resource. */
export function variableOf(item: Traced, at: SourceRange): readonly EnvironmentVariable[] {
  const name = textOf(item, 'name');
  if (name === undefined) return [];
  const place = item.origin.at ?? at;
  const value = pick(item, 'value');
  const from = entriesOf(item, 'valueFrom')[0]?.[0];
  return [
    {
      name,
      ...(value?.kind === 'scalar' &&
        typeof value.value === 'string' && {
          value: { value: value.value, at: value.origin.at ?? place },
        }),
      ...(from === undefined ? {} : { from }),
      at: place,
    },
  ];
}
