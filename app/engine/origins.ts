import { withoutHeader } from '../../src/core/bindplane/render.ts';
import { stampsIn } from '../../src/core/collector/metrics-reader.ts';
import { sha256 } from '../../src/core/document/digest.ts';
import type { StoredConfig } from '../store/store.ts';

/**
 * Hashes under which a client may have announced a render: of what people see, with and without the header that names
 * the version (a client renders before it knows the version), and of what agents get, without the reader that they are offered.
 */
export function renderHashes({ text, raw }: Pick<StoredConfig, 'text' | 'raw'>): ReadonlySet<string> {
  const seen = [raw, withoutHeader(raw), text, withoutHeader(text)].map(sha256);
  return new Set([...seen, ...stampsIn(text)]);
}
