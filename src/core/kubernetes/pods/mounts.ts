import { at, entriesAt, itemsAt, textAt } from '../../document/node.ts';
import type { MapEntry, Node } from '../../document/node.ts';

/** Where a path in a container leads to. */
export type MountedFile =
  | {
      readonly from: 'config-map';
      readonly configMap: string;
      readonly key: string;
      readonly subPath: boolean;
    }
  /** A volume whose content no file shows: a Secret, a claim, a folder of the node, an emptyDir. */
  | { readonly from: 'elsewhere'; readonly volume: string }
  /** No volume: the file is in the image. */
  | { readonly from: 'image' };

/** The file behind a path of a container, by its longest mount. `pod` is the pod's spec, `container` one of its containers. */
export function fileAt(path: string, container: Node, pod: Node): MountedFile {
  const mounts = itemsAt(container, 'volumeMounts')
    .flatMap((mount) => {
      const folder = textAt(mount, 'mountPath')?.replace(/\/+$/, '');
      const volume = textAt(mount, 'name');
      return folder === undefined || volume === undefined
        ? []
        : [{ folder, volume, subPath: textAt(mount, 'subPath') }];
    })
    .filter(({ folder }) => path === folder || path.startsWith(`${folder}/`))
    .sort((a, b) => b.folder.length - a.folder.length);
  const [mount] = mounts;
  if (mount === undefined) return { from: 'image' };
  const inside = path.slice(mount.folder.length + 1);
  const file = [mount.subPath, inside].filter((part) => part !== undefined && part !== '').join('/');
  const volume = itemsAt(pod, 'volumes').find((candidate) => textAt(candidate, 'name') === mount.volume);
  const source = at(volume, 'configMap');
  const configMap = textAt(source, 'name');
  if (configMap === undefined) return projected(volume, file, mount);
  return { from: 'config-map', configMap, key: keyOf(source, file), subPath: mount.subPath !== undefined };
}

/** `items` rename keys; without them each key is a file. */
function keyOf(source: Node | undefined, file: string): string {
  const item = itemsAt(source, 'items').find((candidate) => textAt(candidate, 'path') === file);
  return textAt(item, 'key') ?? file;
}

function projected(
  volume: Node | undefined,
  file: string,
  mount: { readonly volume: string; readonly subPath: string | undefined },
): MountedFile {
  for (const source of itemsAt(volume, 'projected', 'sources')) {
    const configMap = textAt(source, 'configMap', 'name');
    const items = itemsAt(source, 'configMap', 'items');
    if (configMap === undefined) continue;
    if (items.length > 0 && !items.some((item) => textAt(item, 'path') === file)) continue;
    const key = keyOf(at(source, 'configMap'), file);
    return { from: 'config-map', configMap, key, subPath: mount.subPath !== undefined };
  }
  return { from: 'elsewhere', volume: mount.volume };
}

/** Names of the ConfigMaps that a container mounts, with the keys it can see (all of them where no `items` choose). */
export function mountedConfigMaps(container: Node, pod: Node): readonly string[] {
  const mounted = new Set(itemsAt(container, 'volumeMounts').map((mount) => textAt(mount, 'name')));
  return itemsAt(pod, 'volumes').flatMap((volume) =>
    mounted.has(textAt(volume, 'name')) ? (textAt(volume, 'configMap', 'name') ?? []) : [],
  );
}

/** Keys and texts of a ConfigMap. */
export function dataOf(configMap: Node): readonly MapEntry[] {
  return entriesAt(configMap, 'data');
}
