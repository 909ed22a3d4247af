// Generated from schemas/resource by `npm run update`; do not edit.
import type { SchemaError } from '../../document/schema.ts';
interface Validate {
  (data: unknown): boolean;
  errors?: readonly SchemaError[] | null;
}
export declare const validateSource: Validate;
export declare const validateDestination: Validate;
export declare const validateProcessor: Validate;
export declare const validateConnector: Validate;
export declare const validateExtension: Validate;
export declare const validateConfiguration: Validate;
export declare const validateFleet: Validate;
export declare const validateResourceType: Validate;
