import type { ContainerSpec, Mount, Pod, Volume } from '../kubernetes/workload.ts';

/** The volume behind a path of a container, by its longest mount. */
export interface MountedPath {
  readonly mount: Mount;
  readonly volume?: Volume;
}

/** Where a path of a container leads to; undefined where no volume is mounted above it: then it is the container's own file system. */
export function mountedAt(
  path: string,
  { mounts }: ContainerSpec,
  { volumes }: Pod,
): MountedPath | undefined {
  const above = mounts
    .filter((mount) => mount.path === '/' || path === mount.path || path.startsWith(`${mount.path}/`))
    .toSorted((a, b) => b.path.length - a.path.length);
  const [mount] = above;
  if (mount === undefined) return undefined;
  const volume = volumes.find(({ name }) => name === mount.volume);
  return { mount, ...(volume && { volume }) };
}

/** Volumes that nobody can write to, whatever the mount says (Kubernetes volumes reference). */
const READ_ONLY_KINDS: ReadonlySet<string> = new Set(['configMap', 'secret', 'projected', 'downwardAPI']);

/** Whether a container can write there. */
export function isWritable(path: string, spec: ContainerSpec, pod: Pod): boolean {
  const found = mountedAt(path, spec, pod);
  if (found === undefined) return spec.security.readOnlyRootFilesystem?.value !== true;
  return !found.mount.readOnly && !READ_ONLY_KINDS.has(found.volume?.kind ?? '');
}
