import type { Finding } from '../../document/finding.ts';
import { GATES } from '../../rollout/gates/index.ts';
import { goDuration } from '../../rollout/policy-file/write.ts';
import type { PolicySpec } from '../../rollout/policy.ts';
import { policedConfigurations, type PolicedConfiguration } from '../policies.ts';
import type { Rule } from '../rule.ts';

export const shortSoakRule: Rule = {
  id: 'ROL-009',
  severity: 'warning',
  summary: 'A soak that is over before an exporter gives anything up, with the gate `send-failed` enforced',
  docs: 'An exporter counts data as failed only when its retries are over (`retry_on_failure::max_elapsed_time`, five minutes by default). A canary that is watched for less has nothing to show at the gate `send-failed`, which is then inconclusive and pauses the rollout. Write `soak.canary: auto`, which is longer than the retries of the config, or leave the gate in shadow.',
  check: (input) => policedConfigurations(input).flatMap(shortSoak),
};

const GATE = 'send-failed';

function shortSoak({
  policy,
  spec,
  rendered,
  planned,
  retryMs,
  members,
}: PolicedConfiguration): readonly Finding[] {
  const { canarySoakMs = planned.soakMs } = planned;
  // Without agents and without a word in the policy nobody knows how long it will be.
  const isKnown = members !== undefined || spec.canarySoakMs !== undefined || spec.canarySoakAuto === true;
  if (!isEnforced(spec) || !isKnown || canarySoakMs >= retryMs) return [];
  const time =
    retryMs === Infinity
      ? `never stop: \`${GATE}\` sees nothing`
      : `take up to ${goDuration(retryMs)}: until then \`${GATE}\` sees nothing`;
  const message = `The canary of \`${rendered.name}\` soaks ${goDuration(canarySoakMs)}, and retries of its exporters ${time}`;
  const at = policy.place('soak', 'canary');
  const isWritten = spec.canarySoakMs !== undefined && retryMs !== Infinity;
  const fixes = [{ title: 'write `auto`', at, ...(isWritten && { edits: [{ at, text: 'auto' }] }) }];
  return [
    {
      rule: shortSoakRule.id,
      severity: 'warning',
      message,
      at,
      configuration: rendered.key,
      ...(isWritten && { fixes }),
    },
  ];
}

function isEnforced({ gates = {} }: PolicySpec): boolean {
  const { off = false, shadow = GATES.find(({ id }) => id === GATE)?.shadow ?? true } = gates[GATE] ?? {};
  return !off && !shadow;
}
