import type { Finding } from '../../document/finding.ts';
import type { AgentWorkload } from '../../kubernetes/workload.ts';
import { agentWords, ENROLMENT_KEY, enrollingAgents, enrolmentKeyGroup, variableOf } from '../agents.ts';
import type { Rule } from '../rule.ts';

export const serverRule: Rule = {
  id: 'BPA-005',
  severity: 'error',
  summary: 'An agent that cannot reach its server as written: address, or secret key',
  docs: 'OPAMP_ENDPOINT is an address of a WebSocket, `wss://host/v1/opamp`. OPAMP_SECRET_KEY is checked by the server when the agent connects; it belongs into a Secret (`secretKeyRef`): in the manifest everybody who reads the repository can enrol agents.',
  check: (input) =>
    enrollingAgents(input).flatMap((agent) => [...endpointMistakes(agent), ...secretMistakes(agent)]),
};

function endpointMistakes(agent: AgentWorkload): readonly Finding[] {
  const { endpoint } = agent;
  if (endpoint === undefined) return [];
  if (/\$[({]/.test(endpoint.value) || /^wss?:\/\/./.test(endpoint.value)) return [];
  const secure = endpoint.value.replace(/^http(s?):\/\//, 'ws$1://');
  const meant = /^https?:\/\//.test(endpoint.value) ? `; write \`${secure}\`` : '';
  return [
    {
      rule: serverRule.id,
      severity: 'error',
      message: `OPAMP_ENDPOINT of ${agentWords(agent)} must begin with \`wss://\` (or \`ws://\`)${meant}`,
      at: endpoint.at,
    },
  ];
}

const PLACEHOLDER = /^$|replace|change.?me|your|xxx|<|\$[({]|\{\{|placeholder|example/i;

function secretMistakes(agent: AgentWorkload): readonly Finding[] {
  const secret = variableOf(agent.container, ENROLMENT_KEY);
  if (secret === undefined) {
    if (agent.container.envFromUnknown || agent.endpoint === undefined) return [];
    return [
      {
        rule: serverRule.id,
        severity: 'warning',
        message: `${agentWords(agent)} has no OPAMP_SECRET_KEY, and a server that asks for one refuses it`,
        at: agent.endpoint.at,
      },
    ];
  }
  if (secret.value === undefined) return [];
  const placeholder = PLACEHOLDER.test(secret.value.value);
  const said = placeholder
    ? `is a placeholder; take it from a Secret (\`secretKeyRef\`)`
    : `stands in the manifest: take it from a Secret (\`secretKeyRef\`), and replace the key, which the history keeps`;
  return [
    {
      rule: serverRule.id,
      severity: placeholder ? 'notice' : 'error',
      message: `${ENROLMENT_KEY} of ${agentWords(agent)} ${said}`,
      at: secret.value.at,
      group: enrolmentKeyGroup(agent, said),
    },
  ];
}
