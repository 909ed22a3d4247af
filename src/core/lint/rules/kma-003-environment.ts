import { durationMs } from '../../collector/duration.ts';
import type { Finding } from '../../document/finding.ts';
import { variableOf } from '../agents.ts';
import { kubeAgents } from '../kubeagent.ts';
import type { KubeAgent } from '../kubeagent.ts';
import type { Rule } from '../rule.ts';

export const kubeagentEnvironmentRule: Rule = {
  id: 'KMA-003',
  severity: 'warning',
  summary: 'A variable of kubeagent that does not do what it says',
  docs: 'KM_CONFIG_CHECK_INTERVAL is a duration of Go (`60s`); a number alone is not read, and 30 s counts. CONFIGMAP_NAME and POD_NAMESPACE tell the updater which ConfigMap to write: another one than is mounted changes nothing. KM_COLLECTOR_ENDPOINT is a URL; agents check none of these when they start.',
  check: (input) =>
    kubeAgents(input).flatMap((agent) => [
      ...interval(agent),
      ...configMap(agent),
      ...namespace(agent),
      ...endpoint(agent),
    ]),
};

function finding(severity: Finding['severity'], message: string, at: Finding['at'] & object): Finding {
  return { rule: kubeagentEnvironmentRule.id, severity, message, at };
}

function interval({ container }: KubeAgent): readonly Finding[] {
  const value = variableOf(container, 'KM_CONFIG_CHECK_INTERVAL')?.value;
  if (value === undefined || durationMs(value.value) !== undefined) return [];
  const found = finding(
    'warning',
    `KM_CONFIG_CHECK_INTERVAL \`${value.value}\` is no duration, so 30 s counts`,
    value.at,
  );
  if (!/^\d+$/.test(value.value)) return [found];
  const text = `"${value.value}s"`;
  return [
    { ...found, fixes: [{ title: `write \`${text}\``, at: value.at, edits: [{ at: value.at, text }] }] },
  ];
}

function configMap({ workload, container }: KubeAgent): readonly Finding[] {
  const value = variableOf(container, 'CONFIGMAP_NAME')?.value;
  const mounted = new Set((container.spec?.mounts ?? []).map(({ volume }) => volume));
  const names = (workload.pod?.volumes ?? []).flatMap(({ name, kind, of }) =>
    kind === 'configMap' && mounted.has(name) ? (of ?? []) : [],
  );
  if (value === undefined || names.length === 0 || names.includes(value.value)) return [];
  return [
    finding(
      'warning',
      `CONFIGMAP_NAME is \`${value.value}\`, and ${workload.kind} \`${workload.name}\` mounts \`${names.join('`, `')}\``,
      value.at,
    ),
  ];
}

function namespace({ workload, container }: KubeAgent): readonly Finding[] {
  const name = variableOf(container, 'CONFIGMAP_NAME');
  if (name === undefined || container.envFromUnknown) return [];
  return variableOf(container, 'POD_NAMESPACE') === undefined
    ? [
        finding(
          'warning',
          `${workload.kind} \`${workload.name}\` sets CONFIGMAP_NAME and no POD_NAMESPACE, so the updater does not know where the ConfigMap is`,
          name.at,
        ),
      ]
    : [];
}

function endpoint({ container }: KubeAgent): readonly Finding[] {
  const value = variableOf(container, 'KM_COLLECTOR_ENDPOINT')?.value;
  if (value === undefined || /^https?:\/\/./.test(value.value) || /[${]/.test(value.value)) return [];
  return [
    finding('error', `KM_COLLECTOR_ENDPOINT \`${value.value}\` is no URL: it begins with https://`, value.at),
  ];
}
