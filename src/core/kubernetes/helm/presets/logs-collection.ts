import type { JsonMap } from '../../../document/node.ts';
import { fullName, isOn, namespaceOf, since } from '../chart-context.ts';
import type { ChartContext } from '../chart-context.ts';
import { appendTo, underlay } from '../config-edits.ts';
import { CHECKPOINTS, LOG_FOLDERS } from '../node-folders.ts';
import { emptyPipeline } from '../preset.ts';
import type { Preset } from '../preset.ts';
import { containerLogs } from '../container-logs.ts';
import { pick } from '../../traced.ts';

/** Reads the logs of all containers of a node. */
export const logsCollection: Preset = {
  name: 'logsCollection',
  since: '0.98.0',
  switches: [['enabled']],
  apply: (config, context, origin) => {
    const base = since(context, '0.104.0') ? emptyPipeline('logs', 'receivers') : {};
    let made = underlay(underlay(config, fragment(context), origin), base, origin);
    made = appendTo(made, ['service', 'pipelines', 'logs', 'receivers'], 'filelog', origin);
    if (!isOn(context, 'presets', 'logsCollection', 'storeCheckpoints')) return made;
    // From 0.104.0 to 0.106.0 the template changed a copy here: the extension is defined and never started.
    if (since(context, '0.104.0') && !since(context, '0.106.1')) return made;
    if (since(context, '0.106.1')) made = underlay(made, { service: { extensions: [] } }, origin);
    return appendTo(made, ['service', 'extensions'], 'file_storage', origin);
  },
  rules: () => [],
  folders: (context) => [
    ...LOG_FOLDERS,
    ...(isOn(context, 'presets', 'logsCollection', 'storeCheckpoints') ? [CHECKPOINTS] : []),
  ],
};

function fragment(context: ChartContext): JsonMap {
  const on = (key: string): boolean => isOn(context, 'presets', 'logsCollection', key);
  const size = pick(context.values, 'presets', 'logsCollection', 'maxRecombineLogSize');
  const own = `/var/log/pods/${namespaceOf(context)}_${fullName(context)}*_*/${context.chartName.toLowerCase()}/*.log`;
  return containerLogs({
    id: 'filelog',
    ...(!on('includeCollectorLogs') && { own }),
    storeCheckpoints: on('storeCheckpoints'),
    maxRecombineLogSize: size,
  });
}
