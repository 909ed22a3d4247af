import { readingFindings } from '../rule.ts';
import type { Rule } from '../rule.ts';

/** Found while files are read; this rule hands them on. */
export const yamlRule: Rule = {
  id: 'CFG-001',
  severity: 'error',
  blocksApply: true,
  summary: 'A file that Go’s YAML reader refuses, or that passes a limit',
  docs: 'The Collector and BindPlane read YAML with Go’s yaml.v3. What it refuses (duplicate keys, tabs, unknown anchors) is refused here, in files that hold BindPlane resources or agents’ manifests or that were named.',
  check: (input) => readingFindings(input).filter(({ rule }) => rule === 'CFG-001'),
};
