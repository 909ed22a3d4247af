import { pick } from '../traced.ts';
import type { Origin, TracedMap } from '../traced.ts';
import { isOn, since } from './chart-context.ts';
import type { ChartContext } from './chart-context.ts';
import type { Preset } from './preset.ts';
import { PRESETS } from './presets/index.ts';

/** Whether the chart has the preset and the values switch it on. */
export function isPresetOn(preset: Preset, context: ChartContext): boolean {
  return (
    since(context, preset.since) &&
    preset.switches.some((path) => isOn(context, 'presets', preset.name, ...path))
  );
}

/** The config with every preset that is on, in the chart's order. Throws TemplateStop. */
export function withPresets(config: TracedMap, context: ChartContext): TracedMap {
  return PRESETS.filter(
    (preset) => isPresetOn(preset, context) && preset.isApplied?.(context) !== false,
  ).reduce((made, preset) => preset.apply(made, context, originOf(preset, context)), config);
}

/** What a preset adds stands at the value that switches it on. */
export function originOf(preset: Preset, context: ChartContext): Origin {
  const on = preset.switches.find((path) => isOn(context, 'presets', preset.name, ...path)) ?? [];
  const at = pick(context.values, 'presets', preset.name, ...on)?.origin.at;
  return { ...(at === undefined ? {} : { at }), why: `preset ${preset.name}` };
}
