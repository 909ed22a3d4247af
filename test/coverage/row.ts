/**
 * What covers one thing that must be covered: `by` names it, `missing` says which part of it nothing covers; or the reason why nothing does,
 * for now (`notYet`) or on purpose (`outside`).
 *
 * An entry of `by` is a rule or a risk (`K8S-022`, `RSK-003`: its good and bad cases are what would fail), a rule with words of what it has to
 * find (`K8S-022: 4318, where nothing`), a file below `test/` with words of it (`test/sim/invariants/rest.ts: INV-04`), or the folder of a case
 * (`test/cases/one-parameter`).
 */
export type Coverage =
  | { readonly by: readonly [string, ...string[]]; readonly missing?: string }
  | { readonly notYet: string }
  | { readonly outside: string };

/** By id, in the order of ids. */
export type Rows = Readonly<Record<string, Coverage>>;
