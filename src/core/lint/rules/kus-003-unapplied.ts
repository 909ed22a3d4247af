import type { Finding } from '../../document/finding.ts';
import type { Rule } from '../rule.ts';

export const unappliedKustomizationRule: Rule = {
  id: 'KUS-003',
  severity: 'notice',
  summary: 'Parts of a kustomization that are not followed here',
  docs: 'Namespaces, names, images, replicas, generated ConfigMaps and charts of kustomizations are followed; what reads or makes objects in other ways (`replacements`, `vars`, transformers, generators, resources from elsewhere) is not, so that what is shown of the collectors in these folders may differ from what `kubectl kustomize` prints. Look at that where it matters.',
  check: ({ head }) =>
    head.repository.kustomizations.flatMap(({ file, unapplied }): readonly Finding[] => {
      const [first, ...others] = unapplied;
      if (first === undefined) return [];
      const fields = [...new Set(unapplied.map(({ field }) => field))];
      const shown = fields.slice(0, NAMED).join(', ');
      const more = fields.length - NAMED;
      return [
        {
          rule: unappliedKustomizationRule.id,
          severity: 'notice',
          message: `${shown}${more > 0 ? ` and ${more} more` : ''} ${fields.length === 1 ? 'is' : 'are'} not applied here: what is shown may differ from what \`kubectl kustomize\` makes of \`${file}\``,
          at: first.at,
          ...(others.length > 0 && { related: others.map(({ field, at }) => ({ message: field, at })) }),
        },
      ];
    }),
};

/** Fields that one sentence names. */
const NAMED = 3;
