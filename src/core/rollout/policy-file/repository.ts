import type { Resource } from '../../bindplane/resource.ts';
import type { SourceRange } from '../../document/finding.ts';
import { at } from '../../document/node.ts';
import type { LoadedRepository } from '../../resources/load.ts';
import { policyOf, type PolicyUse } from '../policy-use.ts';
import type { PolicySpec } from '../policy.ts';
import { readPolicy, type ReadPolicy } from './read.ts';

/** A policy of the repository, with its place. */
export interface WrittenPolicy extends ReadPolicy {
  /** Place of its name, else of its document. */
  readonly at: SourceRange;
  /** Place of one of its keys below `spec`, else of its name. */
  readonly place: (...path: readonly (string | number)[]) => SourceRange;
}

/** The policies of a repository, in the order of its files; names that are there twice are there twice. */
export function policiesOf({ policyDocuments }: LoadedRepository): readonly WrittenPolicy[] {
  return policyDocuments.map((root) => {
    const place = at(root, 'metadata', 'name')?.at ?? root.at;
    return { ...readPolicy(root), at: place, place: (...path) => at(root, 'spec', ...path)?.at ?? place };
  });
}

/** The sound policies by name; of two with one name the first in the order of files. */
export function policiesByName(repository: LoadedRepository): ReadonlyMap<string, PolicySpec> {
  const sound = policiesOf(repository).flatMap(({ spec }) => (spec === undefined ? [] : [spec]));
  return new Map(sound.toReversed().map((spec) => [spec.name, spec]));
}

/** The policy that counts for each Configuration that names one, or whose fleet does; by the Configuration's name. */
export function policyUses({ resources }: LoadedRepository): ReadonlyMap<string, PolicyUse<Resource>> {
  const all = [...resources.values()];
  const configurations = all.filter(({ kind }) => kind === 'Configuration');
  const fleets = all.filter(({ kind }) => kind === 'Fleet');
  return new Map(
    configurations.flatMap(({ name }) => {
      const use = policyOf(name, configurations, fleets);
      return use === undefined ? [] : [[name, use] as const];
    }),
  );
}
