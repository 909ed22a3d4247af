import type { JsonMap } from '../../../document/node.ts';
import { overlay } from '../../merge.ts';
import { isEmpty, pick, tracedMap, withEntry } from '../../traced.ts';
import type { Origin, Traced, TracedList, TracedMap } from '../../traced.ts';
import { isOn, since } from '../chart-context.ts';
import type { ChartContext } from '../chart-context.ts';
import { listHas, prependTo, underlay, unique } from '../config-edits.ts';
import { emptyPipeline, hasPipeline, read } from '../preset.ts';
import type { Preset } from '../preset.ts';
import { TemplateStop } from '../template-stop.ts';

const ID = 'resourcedetection/env';

/** Attributes of node and cloud on everything: first processor of every pipeline of logs, metrics and traces. */
export const resourceDetection: Preset = {
  name: 'resourceDetection',
  since: '0.155.0',
  switches: [['enabled']],
  isApplied: (context) =>
    ['env', 'k8s_api', 'k8snode', 'eks', 'aks', 'gcp'].some((detector) => isDetectorOn(context, detector)),
  apply: (config, context, origin) => {
    let made = withEntry(config, 'processors', processors(config, context, origin));
    for (const signal of ['logs', 'metrics', 'traces']) {
      if (!hasPipeline(made, signal)) continue;
      made = underlay(made, emptyPipeline(signal, 'processors'), origin);
      const path = ['service', 'pipelines', signal, 'processors'];
      if (!listHas(made, path, ID)) made = prependTo(made, path, ID, origin);
    }
    return made;
  },
  rules: (context) => {
    if (!since(context, '0.157.0') || !readsNode(context)) return [];
    const cluster = {
      apiGroups: [''],
      resources: ['namespaces'],
      resourceNames: ['kube-system'],
      verbs: ['get'],
    };
    const readsCluster =
      since(context, '0.159.2') && isDetectorOn(context, 'k8s_api') && !isDetectorOn(context, 'k8snode');
    return [read('', 'nodes'), ...(readsCluster ? [cluster] : [])];
  },
  needsNode: (context) => since(context, '0.157.0') && readsNode(context),
};

function isDetectorOn(context: ChartContext, detector: string): boolean {
  if (detector === 'k8s_api' && !since(context, '0.159.2')) return false;
  return isOn(context, 'presets', 'resourceDetection', detector, 'enabled');
}

function readsNode(context: ChartContext): boolean {
  return isDetectorOn(context, 'k8s_api') || isDetectorOn(context, 'k8snode');
}

const CLUSTER_NAME = { resource_attributes: { 'k8s.cluster.name': { enabled: true } } };

/** What a cloud's detector is told; here, unlike in other presets, it wins over the config. */
export const CLOUDS: readonly (readonly [detector: string, settings: JsonMap])[] = [
  ['aks', { aks: CLUSTER_NAME }],
  ['eks', { timeout: '15s', eks: CLUSTER_NAME }],
  ['gcp', { gcp: CLUSTER_NAME }],
];

function processors(config: TracedMap, context: ChartContext, origin: Origin): TracedMap {
  const section = mapOr(pick(config, 'processors'), 'processors', origin);
  let processor = mapOr(pick(section, ID), `processors.${ID}`, origin);
  const before = pick(processor, 'detectors');
  if (!isEmpty(before) && before?.kind !== 'list') {
    throw new TemplateStop(`config.processors.${ID}.detectors is no list`, before?.origin.at);
  }
  let detectors: TracedList =
    before?.kind === 'list' && !isEmpty(before) ? before : { kind: 'list', items: [], origin };
  const add = (detector: string): void => {
    const item: Traced = { kind: 'scalar', value: detector, origin };
    detectors = unique({ ...detectors, items: [...detectors.items, item] });
  };
  if (isDetectorOn(context, 'env')) add('env');
  if (isDetectorOn(context, 'k8snode')) add('k8snode');
  else if (isDetectorOn(context, 'k8s_api')) add('k8s_api');
  for (const [detector, settings] of CLOUDS) {
    if (!isDetectorOn(context, detector)) continue;
    processor = overlay(processor, tracedMap(settings, origin));
    add(detector);
  }
  return withEntry(section, ID, withEntry(processor, 'detectors', detectors));
}

function mapOr(value: Traced | undefined, what: string, origin: Origin): TracedMap {
  if (value === undefined || isEmpty(value)) return { kind: 'map', entries: new Map(), origin };
  if (value.kind === 'map') return value;
  throw new TemplateStop(`config.${what} is no map`, value.origin.at);
}
