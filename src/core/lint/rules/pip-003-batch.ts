import type { Finding } from '../../document/finding.ts';
import { orderFixes } from '../processor-order.ts';
import { oncePerPlace, processorChains, processorFinding } from '../processors.ts';
import type { LintInput, Rule } from '../rule.ts';

export const batchRule: Rule = {
  id: 'PIP-003',
  severity: 'warning',
  summary: '`batch` stands before processors that drop or enrich data',
  docs: 'Batching belongs behind sampling, filtering and enrichment: before them it makes batches of what is thrown away, and hides the connection that `k8s_attributes` looks at (processor README of the Collector). A second `batch` behind them does not heal the first. Before processors that only change what passes it costs little: a notice.',
  check,
};

/** Canonical types that should see data before it is batched (reference/collector.md §4.2). */
const BEFORE_BATCH: readonly string[] = [
  'filter',
  'k8s_attributes',
  'probabilistic_sampler',
  'tail_sampling',
  'transform',
];

function check(input: LintInput): readonly Finding[] {
  return oncePerPlace(
    processorChains(input).flatMap((chain) =>
      chain.processors.flatMap(({ id, type }, index) => {
        if (type !== 'batch') return [];
        const behind = chain.processors.slice(index + 1).filter((other) => other.type !== 'batch');
        const later = behind.find((other) => BEFORE_BATCH.includes(other.type));
        const [next] = behind;
        if (next === undefined) return [];
        const fixes = chain.single ? orderFixes(chain.config, id, 'last', input.head.repository.texts) : [];
        const told = (finding: Finding): readonly Finding[] => [
          { ...finding, ...(fixes.length > 0 && { fixes }) },
        ];
        if (later === undefined) {
          const message = `\`${id}\` is not the last processor: \`${next.id}\` follows`;
          return told(processorFinding(batchRule.id, chain, id, message, 'notice'));
        }
        const message = `\`${id}\` stands before \`${later.id}\`; batch belongs behind processors that drop or enrich data`;
        return told(processorFinding(batchRule.id, chain, id, message));
      }),
    ),
  );
}
