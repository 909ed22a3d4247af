/**
 * A call to the outside that did not work: what happened (`message`), what to do (`hint`), a short machine word (`code`) and
 * whether trying again later can help. Every adapter rejects with this; nothing else reaches people as an error text.
 */
export class OperationError extends Error {
  override readonly name = 'OperationError';
  readonly code: string;
  readonly hint: string;
  readonly retryable: boolean;

  constructor(init: {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
    readonly retryable?: boolean;
    readonly cause?: unknown;
  }) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.hint = init.hint;
    this.retryable = init.retryable ?? false;
  }
}

/** The text of anything thrown, with the hint where there is one. */
export function errorText(error: unknown): string {
  if (error instanceof OperationError) {
    return error.hint === '' ? error.message : `${error.message}. ${error.hint}`;
  }
  return error instanceof Error ? error.message : String(error);
}
