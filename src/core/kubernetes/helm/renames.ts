import { overlay } from '../merge.ts';
import { entriesOf, isEmpty, isNull, pick, withEntry, withoutEntry } from '../traced.ts';
import type { Traced, TracedMap } from '../traced.ts';
import { isOn, since } from './chart-context.ts';
import type { ChartContext } from './chart-context.ts';
import { setAt, unique } from './config-edits.ts';
import { TemplateStop } from './template-stop.ts';

/** A component type that got another name, and the chart version that began to rewrite it (`_helpers.tpl`, deprecatedComponentRenames). */
interface Rename {
  readonly section: 'processors' | 'receivers';
  readonly from: string;
  readonly to: string;
  readonly since: string;
}

const RENAMES: readonly Rename[] = [
  { section: 'processors', from: 'k8sattributes', to: 'k8s_attributes', since: '0.160.0' },
  { section: 'receivers', from: 'filelog', to: 'file_log', since: '0.168.0' },
];

/**
 * The config with new names for old ones, in sections and in pipelines, unless the values switch that off
 * (`rewriteDeprecatedComponentNames`, before 0.162.0 `rewriteDeprecatedProcessorNames`).
 */
export function withNewNames(config: TracedMap, context: ChartContext): TracedMap {
  if (!isRewriting(context)) return config;
  const service = pick(config, 'service');
  if (service?.kind !== 'map') {
    throw new TemplateStop('the config has no service', service?.origin.at ?? config.origin.at);
  }
  let made = config;
  for (const rename of RENAMES) {
    if (!since(context, rename.since)) continue;
    made = renamePipelines(renameSection(made, rename), rename, since(context, '0.162.0'));
  }
  return since(context, '0.162.0') ? withNewDetectors(made) : made;
}

/** Whether the chart rewrites old names. */
export function isRewriting(context: ChartContext): boolean {
  if (since(context, '0.162.0')) return isOn(context, 'rewriteDeprecatedComponentNames');
  return since(context, '0.160.0') && isOn(context, 'rewriteDeprecatedProcessorNames');
}

function renameSection(config: TracedMap, { section, from, to }: Rename): TracedMap {
  const components = pick(config, section);
  if (components?.kind !== 'map') return config;
  let made = components;
  for (const [key, value] of [...components.entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (key !== from && !key.startsWith(`${from}/`)) continue;
    const name = key.replaceAll(`${from}/`, `${to}/`).replaceAll(from, to);
    if (value.kind !== 'map') {
      throw new TemplateStop(
        `config.${section}.${key} must be a map to be renamed to ${name}`,
        value.origin.at,
      );
    }
    const known = pick(made, name);
    made = withoutEntry(withEntry(made, name, known?.kind === 'map' ? overlay(known, value) : value), key);
  }
  return withEntry(config, section, made);
}

function renamePipelines(config: TracedMap, { section, from, to }: Rename, nullStops: boolean): TracedMap {
  let made = config;
  for (const [id, pipeline] of entriesOf(config, 'service', 'pipelines')) {
    const list = pick(pipeline, section);
    if (isNull(pipeline) && nullStops) {
      throw new TemplateStop(
        `config.service.pipelines.${id} is null, and the chart looks into it`,
        pipeline.origin.at,
      );
    }
    if (list === undefined || isEmpty(list)) continue;
    if (list.kind !== 'list') {
      throw new TemplateStop(`config.service.pipelines.${id}.${section} is no list`, list.origin.at);
    }
    const items = list.items.map((item): Traced => {
      if (item.kind !== 'scalar' || typeof item.value !== 'string') {
        throw new TemplateStop(
          `config.service.pipelines.${id}.${section} has an item that is no text`,
          item.origin.at,
        );
      }
      if (item.value === from) return { ...item, value: to };
      return item.value.startsWith(`${from}/`)
        ? { ...item, value: item.value.replaceAll(`${from}/`, `${to}/`) }
        : item;
    });
    made = setAt(made, ['service', 'pipelines', id, section], unique({ ...list, items }));
  }
  return made;
}

/** The detector `k8snode` of the resource detection processor is now called `k8s_api`. */
function withNewDetectors(config: TracedMap): TracedMap {
  let made = config;
  for (const [id, processor] of entriesOf(config, 'processors')) {
    if (id !== 'resourcedetection' && !id.startsWith('resourcedetection/')) continue;
    const list = pick(processor, 'detectors');
    if (list === undefined || isEmpty(list)) continue;
    if (list.kind === 'scalar') {
      throw new TemplateStop(`config.processors.${id}.detectors is no list`, list.origin.at);
    }
    const items = (list.kind === 'list' ? list.items : valuesByKey(list)).map((item): Traced => {
      if (item.kind === 'scalar' && typeof item.value === 'string') {
        return item.value === 'k8snode' ? { ...item, value: 'k8s_api' } : item;
      }
      throw new TemplateStop(`config.processors.${id}.detectors holds more than names`, item.origin.at);
    });
    const detectors = unique({ kind: 'list', items, origin: list.origin });
    made = setAt(made, ['processors', id, 'detectors'], detectors);
  }
  return made;
}

/** What a template's `range` finds in a map. */
function valuesByKey(map: TracedMap): readonly Traced[] {
  return [...map.entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}
