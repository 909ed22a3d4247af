// Generated from schemas/rollout-policy.schema.json by `npm run update`; do not edit.
import type { SchemaError } from '../../document/schema.ts';
interface Validate {
  (data: unknown): boolean;
  errors?: readonly SchemaError[] | null;
}
export declare const validateRolloutPolicy: Validate;
