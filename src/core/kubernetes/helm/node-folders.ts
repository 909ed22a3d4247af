import type { JsonMap } from '../../document/node.ts';
import { traced } from '../traced.ts';
import type { Origin, Traced } from '../traced.ts';

/** A folder of the node in a pod: the volume's name, where it lies on the node, where in the container. `create`: made where it is missing. */
export interface NodeFolder {
  readonly name: string;
  readonly path: string;
  readonly at: string;
  readonly readOnly: boolean;
  readonly create?: true;
}

/** Where the logs of a node's containers lie, and what links there lead to. */
export const LOG_FOLDERS: readonly NodeFolder[] = ['/var/log/pods', '/var/lib/docker/containers'].map(
  (path) => ({ name: path.replaceAll('/', ''), path, at: path, readOnly: true }),
);

/** Where checkpoints of read logs are kept. */
export const CHECKPOINTS: NodeFolder = {
  name: 'varlibotelcol',
  path: '/var/lib/otelcol',
  at: '/var/lib/otelcol',
  readOnly: false,
  create: true,
};

/** The whole node, for its file systems and processes. */
export const HOST_ROOT: NodeFolder = { name: 'hostfs', path: '/', at: '/hostfs', readOnly: true };

/** A volume and its mount, as a PodSpec has them. */
export interface MountedVolume {
  readonly volume: Traced;
  readonly mount: Traced;
}

/** A volume with its mount; both stand at `origin`. */
export function mountedVolume(
  { name, at, readOnly }: Pick<NodeFolder, 'name' | 'at' | 'readOnly'>,
  source: JsonMap,
  origin: Origin,
): MountedVolume {
  return {
    volume: traced({ name, ...source }, origin),
    mount: traced({ name, mountPath: at, ...(readOnly && { readOnly: true }) }, origin),
  };
}

/** Each folder once, though several presets ask for it. */
export function mountedFolders(
  asked: readonly { readonly folders: readonly NodeFolder[]; readonly origin: Origin }[],
): readonly MountedVolume[] {
  const seen = new Set<string>();
  return asked.flatMap(({ folders, origin }) =>
    folders.flatMap((folder): readonly MountedVolume[] => {
      if (seen.has(folder.name)) return [];
      seen.add(folder.name);
      const { path, create } = folder;
      const hostPath = { path, ...(create === true && { type: 'DirectoryOrCreate' }) };
      return [mountedVolume(folder, { hostPath }, origin)];
    }),
  );
}
