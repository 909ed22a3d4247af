import { withoutHeader } from '../core/diff/configs.ts';
import { sha256 } from '../core/document/digest.ts';
import { sourceMapOf } from '../core/explain/source-map.ts';
import type { Plan } from '../core/plan/plan.ts';
import type { Origins } from '../ports/control-plane.ts';

/** Places of every configuration that a plan rolls out, by name. The hash leaves the header out: it names a version nobody knows yet. */
export function originsOf(plan: Plan): Origins['configurations'] {
  const configurations: Record<string, Origins['configurations'][string]> = {};
  for (const { name, rollout, delivery, after } of plan.configurations) {
    if (!rollout || delivery !== undefined || after === undefined) continue;
    configurations[name] = { renderHash: sha256(withoutHeader(after.text)), sourceMap: sourceMapOf(after) };
  }
  return configurations;
}
