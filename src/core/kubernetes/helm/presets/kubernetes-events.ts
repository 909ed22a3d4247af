import { isOn, since } from '../chart-context.ts';
import type { ChartContext } from '../chart-context.ts';
import { appendTo, underlay } from '../config-edits.ts';
import { emptyPipeline, read } from '../preset.ts';
import type { Preset } from '../preset.ts';

/** The object of the k8sobjects receiver that watches events. */
export const WATCHED_EVENTS = {
  name: 'events',
  mode: 'watch',
  group: 'events.k8s.io',
  exclude_watch_type: ['DELETED'],
} as const;

/** Events of the cluster as logs. On a DaemonSet every node would report them all, so the chart leaves the config alone there. */
export const kubernetesEvents: Preset = {
  name: 'kubernetesEvents',
  since: '0.98.0',
  switches: [['enabled']],
  isApplied: (context) => context.mode !== 'daemonset',
  apply: (config, context, origin) => {
    const own = usesOwnReceiver(context);
    const fragment = {
      receivers: own ? { k8s_events: {} } : { k8sobjects: { objects: [WATCHED_EVENTS] } },
    };
    const base = since(context, '0.104.0') ? emptyPipeline('logs', 'receivers') : {};
    const made = underlay(underlay(config, fragment, origin), base, origin);
    return appendTo(
      made,
      ['service', 'pipelines', 'logs', 'receivers'],
      own ? 'k8s_events' : 'k8sobjects',
      origin,
    );
  },
  rules: (context) =>
    usesOwnReceiver(context)
      ? [read('', 'events')]
      : [{ apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['watch', 'list'] }],
};

function usesOwnReceiver(context: ChartContext): boolean {
  return since(context, '0.170.0') && isOn(context, 'presets', 'kubernetesEvents', 'useK8sEventsReceiver');
}
