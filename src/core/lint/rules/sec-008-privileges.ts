import type { Finding, RelatedPlace } from '../../document/finding.ts';
import type { Container, Pod, Workload } from '../../kubernetes/workload.ts';
import { hardeningGroup } from '../hardening.ts';
import type { Rule } from '../rule.ts';

export const privilegesRule: Rule = {
  id: 'SEC-008',
  severity: 'warning',
  summary: 'A pod with power over its node, or without the usual restrictions',
  docs: 'A privileged container, the node’s processes or its root folder, writable, make whoever breaks into the collector master of the node. Some need it (eBPF); then say so with a suppression. Missing restrictions (`runAsNonRoot`, `allowPrivilegeEscalation: false`, all capabilities dropped, a seccomp profile), and `hostNetwork` alone, are notices: together they are the “restricted” level of the Pod Security Standards.',
  check: (_input, { workloads, made }) => [
    ...workloads.flatMap((workload) => [...power(workload), ...unrestricted(workload)]),
    ...made.flatMap((workload) => power(workload)),
  ],
};

function power(workload: Workload): readonly Finding[] {
  const { pod, containers } = workload;
  if (pod === undefined) return [];
  const own: RelatedPlace[] = [
    ...containers.flatMap(({ spec, name }) =>
      spec?.security.privileged?.value === true
        ? [{ message: `container \`${name}\` is privileged`, at: spec.security.privileged.at }]
        : [],
    ),
    ...pod.host.map(({ value, at }) => ({ message: `\`${value}\``, at })),
    ...writableFolders(pod, containers),
  ];
  const [first, ...more] = own;
  if (first === undefined) return [];
  const mild = own.every(({ message }) => message === '`hostNetwork`');
  return [
    {
      rule: privilegesRule.id,
      severity: mild ? 'notice' : 'warning',
      message: `${workload.kind} ${workload.name} has power over its node: ${own.map(({ message }) => message).join(', ')}`,
      at: first.at,
      ...(more.length > 0 && { related: more }),
    },
  ];
}

const POWERFUL = /^\/$|^\/(?:etc|root|proc|sys|boot)$|(?:docker|containerd|crio)\.sock$/;

/** Folders of the node from which all others can be reached. */
function writableFolders(pod: Pod, containers: readonly Container[]): readonly RelatedPlace[] {
  return pod.volumes.flatMap(({ name, path }) => {
    if (path === undefined || !POWERFUL.test(path.value)) return [];
    const writable = containers.some(({ spec }) =>
      spec?.mounts.some(({ volume, readOnly }) => volume === name && !readOnly),
    );
    return writable ? [{ message: `\`${path.value}\` of the node, writable`, at: path.at }] : [];
  });
}

function unrestricted(workload: Workload): readonly Finding[] {
  const { pod, containers } = workload;
  if (pod === undefined) return [];
  return containers.flatMap(({ spec, init, name }): readonly Finding[] => {
    if (spec === undefined || init || spec.security.privileged?.value === true) return [];
    const { security } = spec;
    const user = security.runAsUser?.value ?? pod.security.runAsUser?.value;
    const nonRoot = security.runAsNonRoot?.value ?? pod.security.runAsNonRoot?.value;
    const missing = [
      ...(nonRoot === true || (user !== undefined && user > 0) ? [] : ['`runAsNonRoot: true`']),
      ...(security.allowPrivilegeEscalation?.value === false ? [] : ['`allowPrivilegeEscalation: false`']),
      ...(security.dropped.some((one) => one.toUpperCase() === 'ALL') ? [] : ['`capabilities.drop: [ALL]`']),
      ...(security.seccomp || pod.security.seccomp ? [] : ['`seccompProfile`']),
    ];
    if (missing.length === 0) return [];
    return [
      {
        rule: privilegesRule.id,
        severity: 'notice',
        message: `container \`${name}\` of ${workload.kind} ${workload.name} does not set ${missing.join(', ')}`,
        at: spec.at,
        group: hardeningGroup(workload, name, missing.join(', ')),
      },
    ];
  });
}
