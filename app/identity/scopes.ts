/**
 * What a key of the REST API may do. Every scope can read; `admin` can do everything. `apply` changes resources and labels, `rollout` starts
 * and steers rollouts, so that a pipeline that applies need not be one that rolls out.
 */
export const SCOPES = ['read', 'apply', 'rollout', 'admin'] as const;

export type Scope = (typeof SCOPES)[number];

/** What a route asks for; `public` is answered to everybody. */
export type Need = Scope | 'public';

/** Whether somebody with these scopes may do what needs `need`. */
export function allows(scopes: readonly Scope[], need: Need): boolean {
  if (need === 'public' || scopes.includes('admin')) return true;
  return need === 'read' ? scopes.length > 0 : scopes.includes(need);
}

/** Whether a text names a scope. */
export function isScope(text: unknown): text is Scope {
  return SCOPES.some((scope) => scope === text);
}
