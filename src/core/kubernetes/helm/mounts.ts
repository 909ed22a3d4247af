import type { ConfigSource } from '../rendered-collector.ts';
import { itemsOf, pick, textOf, traced, tracedMap } from '../traced.ts';
import type { Traced, TracedList } from '../traced.ts';
import { fullName, isOn } from './chart-context.ts';
import type { ChartContext } from './chart-context.ts';
import { mountedFolders, mountedVolume } from './node-folders.ts';
import { isPresetOn, originOf } from './preset-config.ts';
import { PRESETS } from './presets/index.ts';
import { evaluateTemplates } from './template-text.ts';

const SUFFIXES = { deployment: '', daemonset: '-agent', statefulset: '-statefulset' } as const;

/** Where the pods of a release read their config; undefined where the chart mounts none. The name may be a template (`tpl`). */
export function configSource(context: ChartContext): ConfigSource | undefined {
  const existing = textOf(context.values, 'configMap', 'existingName') ?? '';
  if (existing === '' && !isOn(context, 'configMap', 'create')) return undefined;
  const named = evaluateTemplates(tracedMap({ existing }, {}), context).config;
  const configMap =
    existing === ''
      ? `${fullName(context)}${SUFFIXES[context.mode]}`
      : (textOf(named, 'existing') ?? existing);
  return { configMap, key: 'relay', file: '/conf/relay.yaml' };
}

/** The volumes of the pods of a release, and the mounts of its collector, as fields of a PodSpec. */
export interface ReleaseMounts {
  readonly volumes: TracedList;
  readonly volumeMounts: TracedList;
}

/**
 * What the chart mounts (`_pod.tpl`): the config, the folders of the node that presets read, then `extraVolumes` and `extraVolumeMounts`.
 * A folder stands at the value that switches its preset on.
 */
export function mountsOf(context: ChartContext): ReleaseMounts {
  const configMap = configSource(context)?.configMap;
  const name = `${context.chartName.toLowerCase()}-configmap`;
  const place = { name, at: '/conf', readOnly: false };
  const all = [
    ...(configMap === undefined
      ? []
      : [mountedVolume(place, { configMap: { name: configMap } }, { why: 'the chart' })]),
    ...mountedFolders(
      PRESETS.filter((preset) => isPresetOn(preset, context)).map((preset) => ({
        folders: preset.folders?.(context) ?? [],
        origin: originOf(preset, context),
      })),
    ),
  ];
  return {
    volumes: listOf([...all.map(({ volume }) => volume), ...itemsOf(context.values, 'extraVolumes')]),
    volumeMounts: listOf([...all.map(({ mount }) => mount), ...itemsOf(context.values, 'extraVolumeMounts')]),
  };
}

function listOf(items: readonly Traced[]): TracedList {
  return { kind: 'list', items, origin: {} };
}

/** The security context of the collector: checkpoints of logs are written as root where the values choose nobody (`_pod.tpl`). */
export function containerSecurity(context: ChartContext): Traced | undefined {
  const asRoot = isOn(context, 'presets', 'logsCollection', 'storeCheckpoints');
  return isOn(context, 'securityContext') || !asRoot
    ? pick(context.values, 'securityContext')
    : traced({ runAsUser: 0, runAsGroup: 0 }, { why: 'preset logsCollection' });
}
