import type { Finding } from '../../document/finding.ts';
import type { WaveOutlook } from '../../rollout/outlook.ts';
import { policedConfigurations, type PolicedConfiguration } from '../policies.ts';
import type { Rule } from '../rule.ts';

export const canaryRule: Rule = {
  id: 'ROL-007',
  severity: 'notice',
  summary: 'A canary, or a control group, that the agents of a wave do not suffice for',
  docs: 'A canary is worth something while others wait: at most a tenth of a wave is taken, whatever the policy says. Where fewer agents wait than `canary.control` asks for, the statistics are off: each canary is compared with its own past alone. Needs the agents, from a server or an inventory.',
  check: (input) =>
    policedConfigurations(input).flatMap((one) => [...tooLarge(one), ...withoutControls(one)]),
};

function tooLarge({ policy, spec, rendered, outlook }: PolicedConfiguration): readonly Finding[] {
  const { canaryMaximum } = spec;
  if (canaryMaximum === undefined) return [];
  const small = (outlook?.waves ?? []).filter(({ agents }) => canaryMaximum >= agents);
  const [first] = small;
  if (first === undefined) return [];
  const where = small.map((wave) => `${agentsText(wave.agents)}${waveText(wave)}`).join(', ');
  const message = `\`canary.max\` is ${canaryMaximum}, and \`${rendered.name}\` has ${where}: the canary is at most a tenth of a wave, so ${agentsText(first.canaries)} here`;
  return [
    {
      rule: canaryRule.id,
      severity: 'notice',
      message,
      at: policy.place('canary', 'max'),
      configuration: rendered.key,
    },
  ];
}

/** Whoever was not touched yet is compared with, of this wave and of those behind it. */
function withoutControls({ policy, spec, rendered, outlook }: PolicedConfiguration): readonly Finding[] {
  const { controls } = spec;
  if (controls === undefined || controls === 0 || outlook === undefined) return [];
  let waiting = outlook.agents;
  const short = outlook.waves.flatMap((wave) => {
    const left = waiting - wave.canaries;
    waiting -= wave.agents;
    return left < controls ? [{ wave, left }] : [];
  });
  if (short.length === 0) return [];
  const where = short
    .map(({ wave, left }) => `${left}${wave.name === '' ? '' : ` at wave \`${wave.name}\``}`)
    .join(', ');
  const message = `\`canary.control\` asks for ${agentsText(controls)} that wait, and of \`${rendered.name}\` there are ${where}: statistics are off there`;
  return [
    {
      rule: canaryRule.id,
      severity: 'notice',
      message,
      at: policy.place('canary', 'control'),
      configuration: rendered.key,
    },
  ];
}

function agentsText(count: number): string {
  return `${count} ${count === 1 ? 'agent' : 'agents'}`;
}

function waveText({ name }: WaveOutlook): string {
  return name === '' ? '' : ` in wave \`${name}\``;
}
