import type { SupervisorConfig } from '../../collector/supervisor.ts';
import type { Finding } from '../../document/finding.ts';
import { desiredConfiguration } from '../../fleet/assignment.ts';
import { resourcesOfKind } from '../agents.ts';
import type { LintInput, Rule } from '../rule.ts';

export const remoteConfigRule: Rule = {
  id: 'SUP-001',
  severity: 'error',
  summary: 'A supervisor that takes no config from a server, or does not say what became of it',
  docs: 'Both `accepts_remote_config` and `reports_remote_config` are off unless the file says otherwise. Without the first a rollout never reaches the agent, without the second the server never hears whether it was applied, and the rollout waits until its deadline. It is an error where a configuration of these files is meant for the agent, and a notice where the file itself says `false`.',
  check: (input) => input.head.repository.supervisors.flatMap((supervisor) => closed(supervisor, input)),
};

function closed(supervisor: SupervisorConfig, input: LintInput): readonly Finding[] {
  const meant = desiredConfiguration(supervisor.labels, {
    configurations: resourcesOfKind(input, 'Configuration'),
    fleets: resourcesOfKind(input, 'Fleet'),
  });
  const off = ['accepts_remote_config', 'reports_remote_config'].filter(
    (name) => supervisor.capabilities.get(name)?.on !== true,
  );
  const [first] = off;
  if (first === undefined) return [];
  const written = off.every((name) => supervisor.capabilities.has(name));
  const effect = off.includes('accepts_remote_config')
    ? 'no rollout reaches it'
    : 'the server never hears whether a config was applied';
  const configuration = meant?.configuration;
  return [
    {
      rule: remoteConfigRule.id,
      severity: configuration !== undefined ? 'error' : written ? 'notice' : 'warning',
      message: `${off.map((name) => `\`${name}\``).join(' and ')} of this supervisor ${off.length === 1 ? 'is' : 'are'} off${written ? '' : ' (the default)'}: ${effect}${configuration === undefined ? '' : `, and Configuration \`${configuration.name}\` is meant for it`}`,
      at: supervisor.capabilities.get(first)?.at ?? supervisor.capabilitiesAt ?? supervisor.at,
      fixes: [
        { title: `set ${off.map((name) => `\`${name}: true\``).join(' and ')} below \`capabilities\`` },
      ],
    },
  ];
}
