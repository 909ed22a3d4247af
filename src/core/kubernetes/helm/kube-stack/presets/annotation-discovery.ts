import type { JsonMap } from '../../../../document/node.ts';
import { appendTo, underlay } from '../../config-edits.ts';
import { LOG_FOLDERS } from '../../node-folders.ts';
import { isPresetOn, withExtension } from '../stack-preset.ts';
import type { StackPreset } from '../stack-preset.ts';

const SIGNALS = ['logs', 'metrics'] as const;

export const annotationDiscovery: StackPreset = {
  name: ['annotationDiscovery'],
  switches: [
    ['logs', 'enabled'],
    ['metrics', 'enabled'],
  ],
  apply: (config, context, origin) => {
    const on = SIGNALS.filter((signal) => isPresetOn(context, 'annotationDiscovery', signal, 'enabled'));
    const creator = (signal: string): JsonMap => ({
      watch_observers: ['k8s_observer'],
      discovery: {
        enabled: true,
        ...(signal === 'logs' && {
          default_annotations: { 'io.opentelemetry.discovery.logs/enabled': 'true' },
        }),
      },
    });
    const fragment = {
      extensions: { k8s_observer: { auth_type: 'serviceAccount', node: '${env:K8S_NODE_NAME}' } },
      receivers: Object.fromEntries(on.map((signal) => [`receiver_creator/${signal}`, creator(signal)])),
    };
    const observed = withExtension(underlay(config, fragment, origin), 'k8s_observer', origin);
    return on.reduce(
      (made, signal) =>
        appendTo(made, ['service', 'pipelines', signal, 'receivers'], `receiver_creator/${signal}`, origin),
      observed,
    );
  },
  folders: (context) => (isPresetOn(context, 'annotationDiscovery', 'logs', 'enabled') ? LOG_FOLDERS : []),
};
