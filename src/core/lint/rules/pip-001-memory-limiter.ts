import type { Finding } from '../../document/finding.ts';
import { orderFixes } from '../processor-order.ts';
import { oncePerPlace, processorChains, processorFinding } from '../processors.ts';
import type { LintInput, Rule } from '../rule.ts';

export const memoryLimiterRule: Rule = {
  id: 'PIP-001',
  severity: 'warning',
  summary: '`memory_limiter` is not the first processor',
  docs: 'It protects the collector by refusing data, so it must stand before everything that holds data; behind `batch` it can only refuse what is already in memory (processor README of the Collector). What the presets of the collector chart put in front is not told: nobody can move it.',
  check,
};

/** What the collector chart puts in front of all others, whatever the author wrote. */
const PRESETS: ReadonlySet<string> = new Set(['k8s_attributes', 'resource_detection']);

function check(input: LintInput): readonly Finding[] {
  return oncePerPlace(
    processorChains(input).flatMap((chain) =>
      chain.processors.flatMap(({ id, type }, index) => {
        if (type !== 'memory_limiter') return [];
        const before = chain.processors
          .slice(0, index)
          .find((other) => other.type !== 'memory_limiter' && !(chain.presets && PRESETS.has(other.type)));
        if (before === undefined) return [];
        const message = `\`${id}\` stands behind \`${before.id}\`; a memory_limiter must be the first processor of its pipelines`;
        const finding = processorFinding(memoryLimiterRule.id, chain, id, message);
        const fixes = chain.single ? orderFixes(chain.config, id, 'first', input.head.repository.texts) : [];
        return [{ ...finding, ...(fixes.length > 0 && { fixes }) }];
      }),
    ),
  );
}
