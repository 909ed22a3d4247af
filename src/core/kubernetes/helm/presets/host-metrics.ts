import type { JsonMap } from '../../../document/node.ts';
import { since } from '../chart-context.ts';
import type { ChartContext } from '../chart-context.ts';
import { appendTo, underlay } from '../config-edits.ts';
import { HOST_ROOT } from '../node-folders.ts';
import { emptyPipeline } from '../preset.ts';
import type { Preset } from '../preset.ts';

/** Metrics of the node itself. */
export const hostMetrics: Preset = {
  name: 'hostMetrics',
  since: '0.98.0',
  switches: [['enabled']],
  apply: (config, context, origin) => {
    const base = since(context, '0.104.0') ? emptyPipeline('metrics', 'receivers') : {};
    const made = underlay(underlay(config, fragment(context), origin), base, origin);
    return appendTo(made, ['service', 'pipelines', 'metrics', 'receivers'], 'hostmetrics', origin);
  },
  rules: () => [],
  folders: () => [HOST_ROOT],
};

/** Where other file systems than the node's own are mounted. */
export const MOUNT_POINTS: readonly string[] = [
  '/dev',
  '/proc',
  '/sys',
  '/run/k3s/containerd',
  '/var/lib/docker',
  '/var/lib/kubelet',
  '/snap',
];

/** Kinds of file systems that hold no data. */
export const FILE_SYSTEMS: readonly string[] = [
  'autofs binfmt_misc bpf cgroup2 configfs debugfs devpts devtmpfs fusectl hugetlbfs iso9660',
  'mqueue nsfs overlay proc procfs pstore rpc_pipefs securityfs selinuxfs squashfs sysfs',
  'tracefs',
].flatMap((line) => line.split(' '));

function fragment(context: ChartContext): JsonMap {
  // Until 0.158.0 the patterns were written as globs, which as regular expressions match more than was meant.
  const mountPoints = MOUNT_POINTS.map((path) => (since(context, '0.158.1') ? `^${path}($|/)` : `${path}/*`));
  return {
    receivers: {
      hostmetrics: {
        root_path: '/hostfs',
        collection_interval: '10s',
        scrapers: {
          cpu: null,
          load: null,
          memory: null,
          disk: null,
          filesystem: {
            exclude_mount_points: { mount_points: mountPoints, match_type: 'regexp' },
            exclude_fs_types: { fs_types: FILE_SYSTEMS, match_type: 'strict' },
          },
          network: null,
        },
      },
    },
  };
}
