import type { Finding } from '../../document/finding.ts';
import { bytesText, goMemoryBytes, quantityOf } from '../../kubernetes/quantity.ts';
import { gatewayOf, readinessGroup } from '../gateways.ts';
import { bodyOf } from '../pipeline-parts.ts';
import type { Rule } from '../rule.ts';
import { startedComponents, workloadWords } from '../running.ts';
import type { Cluster, RunningConfig } from '../running.ts';

export const goMemoryLimitRule: Rule = {
  id: 'K8S-013',
  severity: 'warning',
  summary: 'A memory limit that Go does not know of',
  docs: 'Go lets its heap grow to twice what is in use, past the container’s limit, unless `GOMEMLIMIT` tells it: about 80 % of the limit. More than 90 % leaves no room for what is no heap; far less than what the memory_limiter allows makes the collector spend its time on collecting garbage. The `cgroup_runtime` extension sets it too. Missing on a gateway it is a warning, elsewhere a notice.',
  check: (_input, cluster) => cluster.running.flatMap((one) => judge(one, cluster)),
};

function judge(running: RunningConfig, cluster: Cluster): readonly Finding[] {
  const { workload, container } = running;
  const spec = container?.spec;
  const written = spec?.limits.memory;
  const limit = written === undefined ? undefined : quantityOf(written.value);
  if (workload === undefined || container === undefined || spec === undefined || limit === undefined) {
    return [];
  }
  if (startedComponents(running, 'extensions', ['cgroup_runtime']).length > 0) return [];
  const variable = container.env.findLast(({ name }) => name === 'GOMEMLIMIT');
  const base = { rule: goMemoryLimitRule.id };
  if (variable === undefined) {
    if (container.envFromUnknown) return [];
    const gateway = gatewayOf(workload, cluster);
    return [
      {
        ...base,
        severity: gateway === undefined ? 'notice' : 'warning',
        message: `container \`${container.name}\` of ${workloadWords(workload)} has a memory limit and no \`GOMEMLIMIT\``,
        at: written?.at ?? spec.at,
        ...(gateway && { group: readinessGroup(gateway, 'no `GOMEMLIMIT`') }),
      },
    ];
  }
  if (variable.value === undefined) {
    // What the operator sets by itself nobody wrote.
    const own = workload.made === undefined || variable.at !== workload.at;
    return own && variable.from === 'resourceFieldRef'
      ? [
          {
            ...base,
            severity: 'notice',
            message: '`GOMEMLIMIT` is all of the container’s limit: what is no heap has no room',
            at: variable.at,
          },
        ]
      : [];
  }
  const own = goMemoryBytes(variable.value.value);
  if (own === undefined) return [];
  const { at } = variable.value;
  const hard = limiterBytes(running, limit);
  if (own > limit * 0.9) {
    const share = Math.round((own / limit) * 100);
    return [
      {
        ...base,
        severity: 'warning',
        message: `\`GOMEMLIMIT\` is ${share} % of the container’s limit of ${bytesText(limit)}; about 80 % leaves room for what is no heap`,
        at,
      },
    ];
  }
  return hard !== undefined && own < hard * 0.9
    ? [
        {
          ...base,
          severity: 'warning',
          message: `\`GOMEMLIMIT\` is ${bytesText(own)}, and the memory_limiter allows ${bytesText(hard)}: in between the collector only collects garbage`,
          at,
        },
      ]
    : [];
}

/** What the memory_limiter allows. */
function limiterBytes(running: RunningConfig, limit: number): number | undefined {
  const [limiter] = startedComponents(running, 'processors', ['memory_limiter']);
  if (limiter === undefined) return undefined;
  const { limit_mib: mib, limit_percentage: percentage } = bodyOf(running, 'processors', limiter.id);
  if (typeof mib === 'number' && mib > 0) return mib * 2 ** 20;
  return typeof percentage === 'number' ? (limit * percentage) / 100 : undefined;
}
