import type { ComponentClass } from '../../collector/component-id.ts';
import type { PolicyRule } from '../rendered-collector.ts';
import type { Traced } from '../traced.ts';

/** What the operator lets a collector ask of the cluster because it runs a component (operator `internal/components`). */
export interface Permission {
  readonly section: Exclude<ComponentClass, 'connectors'>;
  /** The type and its other names, each with the operator that first grants for that name. */
  readonly types: Readonly<Record<string, string>>;
  /** Rules for one such component; `body` is its config, absent for null. */
  readonly rules: (body: Traced | undefined) => readonly PolicyRule[];
}

/** A rule of one API group. */
export function allow(apiGroup: string, resources: string, verbs: string): PolicyRule {
  return { apiGroups: [apiGroup], resources: resources.split(' '), verbs: verbs.split(' ') };
}

export const READ = 'get list watch';
