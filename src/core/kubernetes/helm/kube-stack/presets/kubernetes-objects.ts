import { itemsOf, pick, traced } from '../../../traced.ts';
import { appendTo, setAt, underlay } from '../../config-edits.ts';
import { emptyPipeline, leaderElector } from '../../preset.ts';
import { listedObjects } from '../../presets/kubernetes-objects.ts';
import { currentName, isPresetOn } from '../stack-preset.ts';
import type { StackPreset } from '../stack-preset.ts';

export const kubernetesObjects: StackPreset = {
  name: ['kubernetesObjects'],
  switches: [['enabled']],
  apply: (config, context, origin) => {
    const id = currentName('k8sobjects', context);
    const elector = leaderElector('k8s_objects', 'k8s.objects.receiver.opentelemetry.io', context.namespace);
    const elects =
      context.mode === 'daemonset' && !isPresetOn(context, 'kubernetesObjects', 'disableLeaderElection');
    const own = listedObjects(pick(context.collector, 'presets', 'kubernetesObjects'), false);
    const fragment = {
      ...(elects && { extensions: elector.fragment }),
      receivers: { [id]: { ...(elects && { k8s_leader_elector: elector.id }), objects: own } },
    };
    const path = ['receivers', id, 'objects'];
    const all = [...own.map((object) => traced(object, origin)), ...itemsOf(config, ...path)];
    let made = underlay(underlay(config, fragment, origin), emptyPipeline('logs', 'receivers'), origin);
    made = setAt(made, path, { kind: 'list', items: all, origin });
    made = appendTo(made, ['service', 'pipelines', 'logs', 'receivers'], id, origin);
    if (!elects) return made;
    made = underlay(made, { service: { extensions: [] } }, origin);
    return appendTo(made, ['service', 'extensions'], elector.id, origin);
  },
};
