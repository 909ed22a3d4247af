import type { Rule } from './rule.ts';
import { componentIdRule } from './rules/cfg-004-component-id.ts';
import { connectorRule } from './rules/cfg-009-connector.ts';
import { extensionNotEnabledRule } from './rules/cfg-007-extension-not-enabled.ts';
import { nodeKindRule } from './rules/cfg-011-node-kind.ts';
import { repeatedReferenceRule } from './rules/cfg-008-repeated-reference.ts';
import { undefinedReferenceRule } from './rules/cfg-005-undefined-reference.ts';
import { unknownKeyRule } from './rules/cfg-002-unknown-key.ts';
import { unusedComponentRule } from './rules/cfg-006-unused-component.ts';
import { batchRule } from './rules/pip-003-batch.ts';
import { componentVersionRule } from './rules/ver-001-component-version.ts';
import { duplicateRule } from './rules/bpr-005-duplicate.ts';
import { labelRule } from './rules/bpr-010-label.ts';
import { memoryLimiterRule } from './rules/pip-001-memory-limiter.ts';
import { metricVersionRule } from './rules/ver-003-metric-version.ts';
import { parameterRule } from './rules/bpr-006-parameter.ts';
import { pipelineRule } from './rules/cfg-003-pipeline.ts';
import { referenceRule } from './rules/bpr-003-reference.ts';
import { selectorRule } from './rules/bpr-002-selector.ts';
import { sensitiveRule } from './rules/bpr-007-sensitive.ts';
import { shapeRule } from './rules/bpr-001-shape.ts';
import { unusedRule } from './rules/bpr-004-unused.ts';
import { variableRule } from './rules/bpr-008-variable.ts';
import { yamlRule } from './rules/cfg-001-yaml.ts';

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
  unknownKeyRule,
  pipelineRule,
  componentIdRule,
  undefinedReferenceRule,
  unusedComponentRule,
  extensionNotEnabledRule,
  repeatedReferenceRule,
  connectorRule,
  nodeKindRule,
  memoryLimiterRule,
  batchRule,
  componentVersionRule,
  metricVersionRule,
];
