import { isList } from '../../document/node.ts';
import type { Json } from '../../document/node.ts';
import { atKey, durationOf, numberOf } from './value-mistake.ts';
import type { ValueCheck, ValueMistake } from './value-mistake.ts';

const BATCH_SIZE = 8192;

/** core processor/batchprocessor, `Config.Validate`. */
export const batchValues: ValueCheck = {
  of: ['processors/batch'],
  check: ({ body }) => {
    const size = numberOf(body['send_batch_size'], BATCH_SIZE);
    const max = numberOf(body['send_batch_max_size'], 0);
    if (size !== undefined && max !== undefined && max > 0 && max < size) {
      const why = 'send_batch_max_size must be greater or equal to send_batch_size';
      return atKey('send_batch_max_size', why);
    }
    const again = repeatedKey(body['metadata_keys'], ['metadata_keys'], []);
    if (again.length > 0) return again;
    const timeout = durationOf(body['timeout'], 0);
    return timeout !== undefined && timeout < 0
      ? atKey('timeout', 'timeout must be greater or equal to 0')
      : [];
  },
};

/** Keys of metadata that differ at most in case. */
export function repeatedKey(
  keys: Json | undefined,
  below: readonly string[],
  under: readonly string[],
): readonly ValueMistake[] {
  const lower = (isList(keys) ? keys : []).map((key) => (typeof key === 'string' ? key.toLowerCase() : ''));
  const again = lower.findIndex((key, index) => key !== '' && lower.indexOf(key) < index);
  if (again < 0) return [];
  const why = `duplicate entry in metadata_keys: "${lower[again] ?? ''}" (case-insensitive)`;
  return [{ below: [...below, String(again)], under, why }];
}
