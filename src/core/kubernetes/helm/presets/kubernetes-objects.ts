import type { Json, JsonMap } from '../../../document/node.ts';
import type { PolicyRule } from '../../rendered-collector.ts';
import { isEmpty, itemsOf, pick, traced } from '../../traced.ts';
import type { Traced } from '../../traced.ts';
import { isOn, namespaceOf, since } from '../chart-context.ts';
import type { ChartContext } from '../chart-context.ts';
import { appendTo, setAt, underlay } from '../config-edits.ts';
import { emptyPipeline, leaderElector, LEASES, read } from '../preset.ts';
import type { Preset } from '../preset.ts';
import { WATCHED_EVENTS } from './kubernetes-events.ts';

const OBJECTS = ['receivers', 'k8sobjects', 'objects'];

/** Objects of the cluster as logs, read every hour and, if wanted, watched. */
export const kubernetesObjects: Preset = {
  name: 'kubernetesObjects',
  since: '0.156.2',
  switches: [['enabled']],
  apply: (config, context, origin) => {
    const elector = leaderElector(
      'k8s_objects',
      'k8s.objects.receiver.opentelemetry.io',
      namespaceOf(context),
    );
    const elects = usesLeaderElection(context);
    const own = listedObjects(presetOf(context), since(context, '0.170.0'));
    const fragment: JsonMap = {
      ...(elects && { extensions: elector.fragment }),
      receivers: { k8sobjects: { ...(elects && { k8s_leader_elector: elector.id }), objects: own } },
    };
    // Objects that the config lists are read as well: this list alone is joined, not replaced.
    const all = [...own.map((object) => traced(object, origin)), ...itemsOf(config, ...OBJECTS)];
    let made = underlay(underlay(config, fragment, origin), emptyPipeline('logs', 'receivers'), origin);
    made = setAt(made, OBJECTS, { kind: 'list', items: all, origin });
    if (elects) {
      made = underlay(made, { service: { extensions: [] } }, origin);
      made = appendTo(made, ['service', 'extensions'], elector.id, origin);
    }
    return appendTo(made, ['service', 'pipelines', 'logs', 'receivers'], 'k8sobjects', origin);
  },
  rules: (context) => [
    ...(usesLeaderElection(context) ? [LEASES] : []),
    ...GROUPS.filter(
      (group) =>
        isGroupOn(presetOf(context), group) && (group.objects.length > 0 || since(context, '0.170.0')),
    ).flatMap(({ objects }) => rulesFor(objects)),
  ],
};

function usesLeaderElection(context: ChartContext): boolean {
  return (
    context.mode === 'daemonset' && !isOn(context, 'presets', 'kubernetesObjects', 'disableLeaderElection')
  );
}

/** Objects that one switch of the preset reads: plural names by API group, in the order of the chart. */
interface ObjectGroup {
  readonly path: readonly string[];
  readonly objects: readonly (readonly [group: string, ...names: readonly string[]])[];
}

const GROUPS: readonly ObjectGroup[] = [
  {
    path: ['core'],
    objects: [
      ['', 'namespaces', 'pods', 'nodes', 'services', 'serviceaccounts'],
      ['apps', 'deployments', 'replicasets', 'daemonsets', 'statefulsets'],
      ['batch', 'jobs', 'cronjobs'],
    ],
  },
  {
    path: ['rbac'],
    objects: [['rbac.authorization.k8s.io', 'roles', 'rolebindings', 'clusterroles', 'clusterrolebindings']],
  },
  {
    path: ['storage'],
    objects: [
      ['storage.k8s.io', 'storageclasses'],
      ['', 'persistentvolumes', 'persistentvolumeclaims'],
    ],
  },
  { path: ['networking'], objects: [['networking.k8s.io', 'ingresses', 'networkpolicies']] },
  { path: ['autoscaling'], objects: [['autoscaling', 'horizontalpodautoscalers']] },
  { path: ['autoscaling', 'vpa'], objects: [['autoscaling.k8s.io', 'verticalpodautoscalers']] },
  { path: ['policy'], objects: [['policy', 'poddisruptionbudgets']] },
  { path: ['apiExtensions'], objects: [['apiextensions.k8s.io', 'customresourcedefinitions']] },
  { path: ['events'], objects: [] },
];

/** A group within another (`autoscaling.vpa`) is read only when both are on. `preset` is `presets.kubernetesObjects`. */
function isGroupOn(preset: Traced | undefined, { path }: ObjectGroup): boolean {
  return path.every((_, index) => !isEmpty(pick(preset, ...path.slice(0, index + 1), 'enabled')));
}

function presetOf(context: ChartContext): Traced | undefined {
  return pick(context.values, 'presets', 'kubernetesObjects');
}

/** What the receiver is told to read, from the preset's values; events only where the chart knows that switch. */
export function listedObjects(preset: Traced | undefined, knowsEvents: boolean): readonly Json[] {
  const watch = !isEmpty(pick(preset, 'watch'));
  return GROUPS.filter((group) => isGroupOn(preset, group)).flatMap((group): readonly Json[] => {
    if (group.path[0] === 'events') return knowsEvents ? [WATCHED_EVENTS] : [];
    return group.objects.flatMap(([apiGroup, ...names]) =>
      names.flatMap((name) =>
        (watch ? ['pull', 'watch'] : ['pull']).map((mode) => ({
          name,
          mode,
          ...(apiGroup !== '' && { group: apiGroup }),
        })),
      ),
    );
  });
}

function rulesFor(objects: ObjectGroup['objects']): readonly PolicyRule[] {
  return objects.length === 0
    ? [read('events.k8s.io', 'events')]
    : objects.map(([apiGroup, ...names]) => read(apiGroup, ...names));
}
