import type { Rule } from './rule.ts';
import { batchRule } from './rules/batch.ts';
import { componentVersionRule } from './rules/component-version.ts';
import { duplicateRule } from './rules/duplicate.ts';
import { labelRule } from './rules/label.ts';
import { memoryLimiterRule } from './rules/memory-limiter.ts';
import { metricVersionRule } from './rules/metric-version.ts';
import { parameterRule } from './rules/parameter.ts';
import { pipelineRule } from './rules/pipeline.ts';
import { referenceRule } from './rules/reference.ts';
import { selectorRule } from './rules/selector.ts';
import { sensitiveRule } from './rules/sensitive.ts';
import { shapeRule } from './rules/shape.ts';
import { unusedRule } from './rules/unused.ts';
import { variableRule } from './rules/variable.ts';
import { yamlRule } from './rules/yaml.ts';

/** Every lint rule, in the order of the reference table. */
export const RULES: readonly Rule[] = [
  shapeRule,
  selectorRule,
  referenceRule,
  unusedRule,
  duplicateRule,
  parameterRule,
  sensitiveRule,
  variableRule,
  labelRule,
  yamlRule,
  pipelineRule,
  memoryLimiterRule,
  batchRule,
  componentVersionRule,
  metricVersionRule,
];
