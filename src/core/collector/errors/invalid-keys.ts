import type { ErrorFamily } from './collector-error.ts';
import { decodeLeaf, placeName } from './quoted-path.ts';

/** Keys that a struct does not have. `under` is the name of the enclosing key, or empty for the component's own body. */
export interface InvalidKeys {
  readonly under: string;
  readonly keys: readonly string[];
}

/** `'metrics' has invalid keys: k8s.pod.volume.usage` (mapstructure with ErrorUnused). */
export const invalidKeys: ErrorFamily<InvalidKeys> = {
  name: 'invalid-keys',
  print: ({ under, keys }) => `'${under}' has invalid keys: ${keys.join(', ')}`,
  parse(line) {
    const leaf = decodeLeaf(line);
    const match = /^has invalid keys: (.+)$/.exec(leaf?.rest ?? '');
    if (leaf === undefined || match === null) return [];
    const place = placeName(leaf);
    const under = place === undefined ? '' : ` under \`${place}\``;
    return (match[1] ?? '').split(', ').map((key) => ({
      line: line.text,
      summary: `key \`${key}\`${under} is unknown to this collector`,
      path: [...leaf.path, key],
      anchored: leaf.anchored,
      key,
    }));
  },
};
