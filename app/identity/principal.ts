import type { Scope } from './scopes.ts';

/** Who asks: proven, with what that allows. */
export interface Principal {
  readonly kind: 'api-key' | 'user' | 'token' | 'github';
  /** The token's id; the user's name; `COLLIE_API_KEY`. */
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
}
