import { leaderElector } from '../../preset.ts';
import { WATCHED_EVENTS } from '../../presets/kubernetes-events.ts';
import { currentName, hasStackPipeline, isPresetOn, withExtension, withReceiver } from '../stack-preset.ts';
import type { StackPreset } from '../stack-preset.ts';
import { listHas } from '../../config-edits.ts';

export const kubernetesEvents: StackPreset = {
  name: ['kubernetesEvents'],
  switches: [['enabled']],
  apply: (config, context, origin) => {
    const id = currentName('k8sobjects', context);
    const elector = leaderElector('k8s_objects', 'k8s.objects.receiver.opentelemetry.io', context.namespace);
    const elects = !isPresetOn(context, 'kubernetesEvents', 'disableLeaderElection');
    const fragment = {
      ...(elects && { extensions: elector.fragment }),
      receivers: {
        [id]: { ...(elects && { k8s_leader_elector: elector.id }), objects: [WATCHED_EVENTS] },
      },
    };
    // The elector is started only where the receiver is new to the pipeline.
    const isNew =
      hasStackPipeline(config, 'logs') && !listHas(config, ['service', 'pipelines', 'logs', 'receivers'], id);
    const made = withReceiver(config, fragment, { signal: 'logs', id, origin });
    return elects && isNew ? withExtension(made, elector.id, origin) : made;
  },
};
