import type { Finding } from '../../document/finding.ts';
import type { Kustomization } from '../../kubernetes/kustomization.ts';
import type { Rule } from '../rule.ts';

export const kustomizationRingRule: Rule = {
  id: 'KUS-002',
  severity: 'error',
  summary: 'A kustomization that takes itself in, by itself or by others',
  docs: 'kustomize ends with `cycle detected`, so that nothing of these folders can be applied; here their manifests are read as they are written. Let one of them take in the files of the other instead of its folder.',
  check: ({ head }) => {
    const byFolder = new Map(head.repository.kustomizations.map((one) => [one.folder, one]));
    const told = new Set<Kustomization>();
    return head.repository.kustomizations.flatMap((one) => ringFrom(one, byFolder, told));
  },
};

/** The first ring that a kustomization is part of; each ring is told once. */
function ringFrom(
  start: Kustomization,
  byFolder: ReadonlyMap<string, Kustomization>,
  told: Set<Kustomization>,
): readonly Finding[] {
  if (told.has(start)) return [];
  const seen = new Set<Kustomization>();
  const way = (one: Kustomization): readonly Kustomization[] | undefined => {
    for (const { path } of one.taken) {
      const next = byFolder.get(path);
      if (next === start) return [one];
      if (next === undefined || seen.has(next)) continue;
      seen.add(next);
      const rest = way(next);
      if (rest !== undefined) return [one, ...rest];
    }
    return undefined;
  };
  const ring = way(start);
  if (ring === undefined) return [];
  for (const member of ring) told.add(member);
  const next = ring[1] ?? start;
  const at = start.taken.find(({ path }) => path === next.folder)?.at ?? start.at;
  const words = [...ring, start].map(({ file }) => `\`${file}\``).join(' → ');
  return [
    {
      rule: kustomizationRingRule.id,
      severity: 'error',
      message: `kustomize will not build this: ${words}`,
      at,
    },
  ];
}
