import type { Json, JsonMap } from '../../document/node.ts';
import { plainOf } from '../traced.ts';
import type { Traced } from '../traced.ts';

/** What the logs presets of both charts differ in. */
export interface ContainerLogs {
  /** Id of the receiver. */
  readonly id: string;
  /** The collector's own log files; undefined where they are read too. */
  readonly own?: string;
  readonly storeCheckpoints: boolean;
  readonly maxRecombineLogSize?: Traced | undefined;
}

/** The receiver of all containers' logs of a node, and its checkpoints (templates `_config.tpl` of collector chart and kube-stack). */
export function containerLogs({
  id,
  own,
  storeCheckpoints,
  maxRecombineLogSize: size,
}: ContainerLogs): JsonMap {
  const maxLogSize: Json = size === undefined ? null : plainOf(size);
  return {
    ...(storeCheckpoints && { extensions: { file_storage: { directory: '/var/lib/otelcol' } } }),
    receivers: {
      [id]: {
        include: ['/var/log/pods/*/*/*.log'],
        exclude: own === undefined ? [] : [own],
        start_at: 'end',
        retry_on_failure: { enabled: true },
        ...(storeCheckpoints && { storage: 'file_storage' }),
        include_file_path: true,
        include_file_name: false,
        operators: [{ type: 'container', id: 'container-parser', max_log_size: maxLogSize }],
      },
    },
  };
}
