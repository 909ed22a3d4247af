import { OperationError } from '../../src/ports/operation-error.ts';

/** Something that may be there only once was there already: somebody else wrote it since the caller looked. */
export function alreadyThere(cause: unknown): OperationError {
  return new OperationError({
    code: 'conflict',
    message: 'Another request wrote the same at the same time; nothing was changed by this one',
    hint: 'Look at what is there now, and send the request again if it is still needed',
    retryable: true,
    cause,
  });
}
