import { pick, plainOf } from '../../../traced.ts';
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
    const fragment = {
      ...(on('storeCheckpoints') && { extensions: { file_storage: { directory: '/var/lib/otelcol' } } }),
      receivers: {
        [id]: {
          include: ['/var/log/pods/*/*/*.log'],
          exclude: on('includeCollectorLogs') ? [] : [own],
          start_at: 'end',
          retry_on_failure: { enabled: true },
          ...(on('storeCheckpoints') && { storage: 'file_storage' }),
          include_file_path: true,
          include_file_name: false,
          operators: [
            {
              type: 'container',
              id: 'container-parser',
              max_log_size: size === undefined ? null : plainOf(size),
            },
          ],
        },
      },
    };
    const made = withReceiver(config, fragment, { signal: 'logs', id, origin });
    return on('storeCheckpoints') ? withExtension(made, 'file_storage', origin) : made;
  },
};
