import type { JsonMap } from '../../../document/node.ts';
import { isOn, since } from '../chart-context.ts';
import type { ChartContext } from '../chart-context.ts';
import { appendTo, underlay } from '../config-edits.ts';
import { LOG_FOLDERS } from '../node-folders.ts';
import { read } from '../preset.ts';
import type { Preset } from '../preset.ts';

const SIGNALS = ['logs', 'metrics'] as const;

/** Starts receivers that pods ask for in their annotations. */
export const annotationDiscovery: Preset = {
  name: 'annotationDiscovery',
  since: '0.136.0',
  switches: [
    ['logs', 'enabled'],
    ['metrics', 'enabled'],
  ],
  apply: (config, context, origin) => {
    let made = appendTo(
      underlay(config, fragment(context), origin),
      ['service', 'extensions'],
      'k8s_observer',
      origin,
    );
    for (const signal of SIGNALS) {
      if (!isSignalOn(context, signal)) continue;
      made = appendTo(
        made,
        ['service', 'pipelines', signal, 'receivers'],
        `receiver_creator/${signal}`,
        origin,
      );
    }
    return made;
  },
  rules: () => [read('', 'pods')],
  folders: (context) => (isSignalOn(context, 'logs') ? LOG_FOLDERS : []),
  needsNode: (context) => context.mode === 'daemonset' && since(context, '0.147.2'),
};

function isSignalOn(context: ChartContext, signal: (typeof SIGNALS)[number]): boolean {
  return isOn(context, 'presets', 'annotationDiscovery', signal, 'enabled');
}

function fragment(context: ChartContext): JsonMap {
  const ownNode = context.mode === 'daemonset' || !since(context, '0.147.2');
  const creator = (signal: (typeof SIGNALS)[number]): JsonMap => ({
    watch_observers: ['k8s_observer'],
    discovery: {
      enabled: true,
      ...(signal === 'logs' && {
        default_annotations: { 'io.opentelemetry.discovery.logs/enabled': 'true' },
      }),
    },
  });
  return {
    extensions: {
      k8s_observer: {
        auth_type: 'serviceAccount',
        ...(ownNode && { node: '${env:K8S_NODE_NAME}' }),
      },
    },
    receivers: Object.fromEntries(
      SIGNALS.filter((signal) => isSignalOn(context, signal)).map((signal) => [
        `receiver_creator/${signal}`,
        creator(signal),
      ]),
    ),
  };
}
