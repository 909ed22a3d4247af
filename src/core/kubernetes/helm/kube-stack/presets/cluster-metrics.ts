import { listHas } from '../../config-edits.ts';
import { leaderElector } from '../../preset.ts';
import { hasStackPipeline, isPresetOn, withExtension, withReceiver } from '../stack-preset.ts';
import type { StackPreset } from '../stack-preset.ts';

const ID = 'k8s_cluster';

export const clusterMetrics: StackPreset = {
  name: ['clusterMetrics'],
  switches: [['enabled']],
  apply: (config, context, origin) => {
    const elector = leaderElector(ID, 'k8s.cluster.receiver.opentelemetry.io', context.namespace);
    const elects = !isPresetOn(context, 'clusterMetrics', 'disableLeaderElection');
    const fragment = {
      ...(elects && { extensions: elector.fragment }),
      receivers: {
        [ID]: {
          ...(elects && { k8s_leader_elector: elector.id }),
          collection_interval: '10s',
          auth_type: 'serviceAccount',
          node_conditions_to_report: ['Ready', 'MemoryPressure', 'DiskPressure', 'NetworkUnavailable'],
          allocatable_types_to_report: ['cpu', 'memory', 'storage'],
        },
      },
    };
    const isNew =
      hasStackPipeline(config, 'metrics') &&
      !listHas(config, ['service', 'pipelines', 'metrics', 'receivers'], ID);
    const made = withReceiver(config, fragment, { signal: 'metrics', id: ID, origin });
    return elects && isNew ? withExtension(made, elector.id, origin) : made;
  },
};
