import { overlay } from '../../../merge.ts';
import { isEmpty, pick, tracedMap, withEntry } from '../../../traced.ts';
import type { Origin, Traced, TracedList, TracedMap } from '../../../traced.ts';
import { unique } from '../../config-edits.ts';
import { CLOUDS } from '../../presets/resource-detection.ts';
import { currentName, isPresetOn } from '../stack-preset.ts';
import type { StackPreset } from '../stack-preset.ts';

/** Defines the processor; which pipelines use it is left to the config. */
export const resourceDetection: StackPreset = {
  name: ['resourceDetection'],
  switches: ['env', 'eks', 'aks', 'gcp', 'k8s_api'].map((detector) => [detector, 'enabled']),
  apply: (config, context, origin) => {
    const id = currentName('resourcedetection/env', context);
    const section = mapOr(pick(config, 'processors'), origin);
    let processor = mapOr(pick(section, id), origin);
    const before = pick(processor, 'detectors');
    let detectors: TracedList =
      before?.kind === 'list' && !isEmpty(before) ? before : { kind: 'list', items: [], origin };
    const add = (detector: string): void => {
      const item: Traced = { kind: 'scalar', value: detector, origin };
      detectors = unique({ ...detectors, items: [...detectors.items, item] });
    };
    const on = (detector: string): boolean => isPresetOn(context, 'resourceDetection', detector, 'enabled');
    if (on('env')) add('env');
    for (const [detector, settings] of CLOUDS) {
      if (!on(detector)) continue;
      processor = overlay(processor, tracedMap(settings, origin));
      add(detector);
    }
    if (on('k8s_api')) add('k8s_api');
    return withEntry(
      config,
      'processors',
      withEntry(section, id, withEntry(processor, 'detectors', detectors)),
    );
  },
};

function mapOr(value: Traced | undefined, origin: Origin): TracedMap {
  return value?.kind === 'map' ? value : { kind: 'map', entries: new Map(), origin };
}
