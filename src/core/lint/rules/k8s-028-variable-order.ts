import type { Finding } from '../../document/finding.ts';
import type { EnvironmentVariable } from '../../kubernetes/workload.ts';
import type { Rule } from '../rule.ts';

export const variableOrderRule: Rule = {
  id: 'K8S-028',
  severity: 'error',
  summary: 'A container variable that is made of one that comes later',
  docs: 'Kubernetes puts `$(NAME)` into a variable only if NAME stands above it in the list; otherwise the text stays as it is and the collector gets `$(NAME)`. Names that the list does not have may come from `envFrom` or from Services, so only those that stand below are told. A variable of the config that no container has is BPR-008.',
  check: (_input, { workloads }) =>
    workloads.flatMap(({ containers }) =>
      containers.flatMap(({ env }) =>
        env.flatMap((variable, index) => early(variable, env.slice(0, index), env)),
      ),
    ),
};

function early(
  { name, value }: EnvironmentVariable,
  above: readonly EnvironmentVariable[],
  all: readonly EnvironmentVariable[],
): readonly Finding[] {
  if (value === undefined) return [];
  const used = [...value.value.matchAll(/(?<!\$)\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)/g)].map(
    ([, other]) => other ?? '',
  );
  return used.flatMap((other): readonly Finding[] => {
    const later = all.find((one) => one.name === other);
    if (later === undefined || above.some((one) => one.name === other)) return [];
    return [
      {
        rule: variableOrderRule.id,
        severity: 'error',
        message: `\`${name}\` is made of \`$(${other})\`, which stands ${other === name ? 'for itself' : 'below it'}: the text stays as it is`,
        at: value.at,
        ...(other !== name && { related: [{ message: `move \`${other}\` above`, at: later.at }] }),
      },
    ];
  });
}
