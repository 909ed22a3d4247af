import type { JsonMap } from '../../../../document/node.ts';
import { HOST_ROOT } from '../../node-folders.ts';
import { FILE_SYSTEMS, MOUNT_POINTS } from '../../presets/host-metrics.ts';
import { currentName, withReceiver } from '../stack-preset.ts';
import type { StackPreset } from '../stack-preset.ts';

export const hostMetrics: StackPreset = {
  name: ['hostMetrics'],
  switches: [['enabled']],
  apply: (config, context, origin) => {
    const id = currentName('hostmetrics', context);
    return withReceiver(config, { receivers: { [id]: RECEIVER } }, { signal: 'metrics', id, origin });
  },
  folders: () => [HOST_ROOT],
};

function on(...metrics: readonly string[]): JsonMap {
  return { metrics: Object.fromEntries(metrics.map((metric) => [metric, { enabled: true }])) };
}

const RECEIVER: JsonMap = {
  root_path: '/hostfs',
  collection_interval: '10s',
  scrapers: {
    cpu: on('system.cpu.utilization', 'system.cpu.logical.count'),
    load: {},
    memory: on('system.memory.utilization', 'system.memory.limit'),
    paging: on('system.paging.usage'),
    disk: {},
    filesystem: {
      ...on('system.filesystem.utilization'),
      exclude_mount_points: { mount_points: MOUNT_POINTS.map((path) => `${path}/*`), match_type: 'regexp' },
      exclude_fs_types: { fs_types: FILE_SYSTEMS, match_type: 'strict' },
    },
    network: {},
    system: on('system.uptime'),
  },
};
