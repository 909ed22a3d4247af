import { pick } from '../../../traced.ts';
import { containerLogs } from '../../container-logs.ts';
import { CHECKPOINTS, LOG_FOLDERS } from '../../node-folders.ts';
import { currentName, isPresetOn, withExtension, withReceiver } from '../stack-preset.ts';
import type { StackPreset } from '../stack-preset.ts';

export const logsCollection: StackPreset = {
  name: ['logsCollection'],
  switches: [['enabled']],
  apply: (config, context, origin) => {
    const on = (key: string): boolean => isPresetOn(context, 'logsCollection', key);
    const size = pick(context.collector, 'presets', 'logsCollection', 'maxRecombineLogSize');
    const own = `/var/log/pods/${context.namespace}_${context.fullName}*_*/otc-container/*.log`;
    const id = currentName('filelog', context);
    const fragment = containerLogs({
      id,
      ...(!on('includeCollectorLogs') && { own }),
      storeCheckpoints: on('storeCheckpoints'),
      maxRecombineLogSize: size,
    });
    const made = withReceiver(config, fragment, { signal: 'logs', id, origin });
    return on('storeCheckpoints') ? withExtension(made, 'file_storage', origin) : made;
  },
  folders: (context) => [
    ...LOG_FOLDERS,
    ...(isPresetOn(context, 'logsCollection', 'storeCheckpoints') ? [CHECKPOINTS] : []),
  ],
};
