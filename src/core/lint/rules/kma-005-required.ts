import type { Finding } from '../../document/finding.ts';
import { variableOf } from '../agents.ts';
import { kubeAgents } from '../kubeagent.ts';
import type { Rule } from '../rule.ts';

export const requiredVariableRule: Rule = {
  id: 'KMA-005',
  severity: 'error',
  summary: 'A variable without which kubeagent ends at its start',
  docs: 'kubeagent checks KM_API_KEY, KM_COLLECTOR_ENDPOINT, CONFIGMAP_NAME and POD_NAMESPACE first and ends with “… is required”: the pod restarts for ever. Take the key from a Secret (`secretKeyRef`) and the namespace from the pod (`fieldRef: metadata.namespace`).',
  check: (input) =>
    kubeAgents(input).flatMap(({ workload, container }): readonly Finding[] => {
      if (container.envFromUnknown) return [];
      return REQUIRED.flatMap((name): readonly Finding[] => {
        const variable = variableOf(container, name);
        if (variable !== undefined && variable.value?.value !== '') return [];
        const what = variable === undefined ? 'has no' : 'has an empty';
        return [
          {
            rule: requiredVariableRule.id,
            severity: 'error',
            message: `kubeagent of ${workload.kind} \`${workload.name}\` ${what} ${name} and ends at its start`,
            at: variable?.at ?? container.spec?.at ?? workload.at,
            otelcolMessage: `${name} is required`,
          },
        ];
      });
    }),
};

const REQUIRED = ['KM_API_KEY', 'KM_COLLECTOR_ENDPOINT', 'CONFIGMAP_NAME', 'POD_NAMESPACE'];
