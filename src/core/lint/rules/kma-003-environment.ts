import { durationMs } from '../../collector/duration.ts';
import type { Finding } from '../../document/finding.ts';
import { variableOf } from '../agents.ts';
import { configKeyOf, kubeAgents } from '../kubeagent.ts';
import type { KubeAgent } from '../kubeagent.ts';
import { mountedAt } from '../mounts.ts';
import type { Rule } from '../rule.ts';

export const kubeagentEnvironmentRule: Rule = {
  id: 'KMA-003',
  severity: 'warning',
  summary: 'A variable of kubeagent that does not do what it says',
  docs: 'KM_CONFIG_CHECK_INTERVAL is a duration of Go (`60s`); a number alone is not read, and 30 s counts. CONFIGMAP_NAME and POD_NAMESPACE tell the updater which ConfigMap to write: another one than is mounted changes nothing. KM_COLLECTOR_ENDPOINT is a URL. DEPLOYMENT_MODE is DAEMONSET or DEPLOYMENT in any case, and every other word means DEPLOYMENT. The config is read in `/etc/kmagent`, wherever the ConfigMap is mounted. Agents check none of these when they start.',
  check: (input) =>
    kubeAgents(input).flatMap((agent) => [
      ...interval(agent),
      ...configMap(agent),
      ...mode(agent),
      ...folder(agent),
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

function mode({ container }: KubeAgent): readonly Finding[] {
  const value = variableOf(container, 'DEPLOYMENT_MODE')?.value;
  if (value === undefined || value.value === '' || value.value.includes('$(')) return [];
  return ['DAEMONSET', 'DEPLOYMENT'].includes(value.value.toUpperCase())
    ? []
    : [
        finding(
          'warning',
          `DEPLOYMENT_MODE \`${value.value}\` is neither DAEMONSET nor DEPLOYMENT, and means DEPLOYMENT`,
          value.at,
        ),
      ];
}

const FOLDER = '/etc/kmagent';

/** The ConfigMap that it is told of, mounted where it does not look. */
function folder(agent: KubeAgent): readonly Finding[] {
  const { workload, container } = agent;
  const { spec } = container;
  const named = variableOf(container, 'CONFIGMAP_NAME')?.value?.value;
  const { pod } = workload;
  if (named === undefined || spec === undefined || pod === undefined) return [];
  if (mountedAt(`${FOLDER}/${configKeyOf(agent) ?? 'agent.yaml'}`, spec, pod) !== undefined) return [];
  const volumes = new Set(pod.volumes.filter(({ of }) => of === named).map(({ name }) => name));
  const mount = spec.mounts.find(({ volume }) => volumes.has(volume));
  return mount === undefined
    ? []
    : [
        finding(
          'error',
          `${workload.kind} \`${workload.name}\` mounts ConfigMap \`${named}\` at \`${mount.path}\`, and kubeagent reads \`${FOLDER}/${configKeyOf(agent) ?? ''}\``,
          mount.at,
        ),
      ];
}

function endpoint({ container }: KubeAgent): readonly Finding[] {
  const value = variableOf(container, 'KM_COLLECTOR_ENDPOINT')?.value;
  if (value === undefined || /^https?:\/\/./.test(value.value) || /[${]/.test(value.value)) return [];
  return [
    finding('error', `KM_COLLECTOR_ENDPOINT \`${value.value}\` is no URL: it begins with https://`, value.at),
  ];
}
