import type { Finding } from '../../document/finding.ts';
import { processorChains, processorFinding } from '../processors.ts';
import type { LintInput, Rule } from '../rule.ts';

export const memoryLimiterRule: Rule = {
  id: 'PIP-001',
  severity: 'warning',
  summary: '`memory_limiter` is not the first processor',
  docs: 'It protects the collector by refusing data, so it must stand before everything that holds data; behind `batch` it can only refuse what is already in memory (processor README of the Collector).',
  check,
};

function check(input: LintInput): readonly Finding[] {
  return processorChains(input).flatMap((chain) =>
    chain.processors.flatMap(({ id, type }, index) => {
      if (type !== 'memory_limiter') return [];
      const before = chain.processors.slice(0, index).find((other) => other.type !== 'memory_limiter');
      if (before === undefined) return [];
      const message = `\`${id}\` stands behind \`${before.id}\`; a memory_limiter must be the first processor of its pipelines`;
      return [processorFinding(memoryLimiterRule.id, chain, id, message)];
    }),
  );
}
