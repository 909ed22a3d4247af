import type { Rule } from '../rule.ts';

export const refusedKustomizationRule: Rule = {
  id: 'KUS-001',
  severity: 'error',
  summary: 'A kustomization that kustomize refuses to read',
  docs: 'A field that it does not know, or one value where it takes a list, ends `kubectl apply -k` before anything is applied: nothing of the folder arrives.',
  check: ({ head }) =>
    head.repository.kustomizations.flatMap(({ mistakes }) =>
      mistakes.map(({ message, at }) => ({
        rule: refusedKustomizationRule.id,
        severity: 'error' as const,
        message: `kustomize will not read this: a Kustomization ${message}`,
        at,
      })),
    ),
};
