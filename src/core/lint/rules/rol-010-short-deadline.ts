import type { Finding } from '../../document/finding.ts';
import { goDuration } from '../../rollout/policy-file/write.ts';
import { policedConfigurations, type PolicedConfiguration } from '../policies.ts';
import type { Rule } from '../rule.ts';

export const shortDeadlineRule: Rule = {
  id: 'ROL-010',
  severity: 'warning',
  summary: 'A deadline of a rollout policy that its own soaks do not fit into',
  docs: 'A wave, or a rollout, that is not over at its deadline stands still until somebody looks. One whose soaks alone take longer always does. How long a whole rollout takes is known where the agents are, from a server or an inventory.',
  check: (input) => policedConfigurations(input).flatMap((one) => [...wave(one), ...rollout(one)]),
};

function wave({ policy, spec, rendered, planned, outlook }: PolicedConfiguration): readonly Finding[] {
  const written = [spec.canarySoakMs, spec.soakMs].filter((time) => time !== undefined);
  const known =
    outlook === undefined || outlook.agents === 0 ? Math.max(0, ...written) : outlook.longestSoakMs;
  if (planned.phaseMs === undefined || planned.phaseMs > known) return [];
  const message = `\`deadlines.wave\` is ${goDuration(planned.phaseMs)}, and agents of \`${rendered.name}\` soak ${goDuration(known)}: every wave would stop at it`;
  return [finding(message, policy.place('deadlines', 'wave'), rendered.key)];
}

function rollout({ policy, rendered, planned, outlook }: PolicedConfiguration): readonly Finding[] {
  if (planned.rolloutMs === undefined || outlook === undefined || outlook.agents === 0) return [];
  if (outlook.atLeastMs < planned.rolloutMs) return [];
  const message = `\`deadlines.rollout\` is ${goDuration(planned.rolloutMs)}, and the soaks of \`${rendered.name}\` alone take ${goDuration(outlook.atLeastMs)} for ${outlook.agents} agents`;
  return [finding(message, policy.place('deadlines', 'rollout'), rendered.key)];
}

function finding(message: string, at: Finding['at'] & object, configuration: string): Finding {
  return { rule: shortDeadlineRule.id, severity: 'warning', message, at, configuration };
}
