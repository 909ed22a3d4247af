import { annotatedObjects, injectedLanguage } from '../injections.ts';
import type { Rule } from '../rule.ts';

export const annotationPlaceRule: Rule = {
  id: 'INS-002',
  severity: 'warning',
  summary: 'An annotation of instrumentation on a workload instead of on its pods',
  docs: 'The operator looks at pods and at their namespace. On a Deployment or any other workload the annotation belongs below `spec.template.metadata.annotations`; beside the workload’s own name it does nothing. What a pod says wins over its namespace.',
  check: (input) => {
    const all = annotatedObjects(input);
    return all
      .filter(({ on }) => on === 'workload')
      .flatMap(({ object, annotations }) => {
        const pods = all.find((other) => other.on === 'pods' && other.object.node === object.node);
        const given = new Set(pods?.annotations.map(({ key }) => key));
        return annotations
          .filter(({ key }) => injectedLanguage(key) !== undefined && !given.has(key))
          .map(({ key, keyAt }) => ({
            rule: annotationPlaceRule.id,
            severity: 'warning' as const,
            message: `\`${key}\` stands on ${object.kind} \`${object.name}\` itself, where the operator does not look; put it below ${object.kind === 'CronJob' ? '`spec.jobTemplate.spec.template.metadata.annotations`' : '`spec.template.metadata.annotations`'}`,
            at: keyAt,
          }));
      });
  },
};
