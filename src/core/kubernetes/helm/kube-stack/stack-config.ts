import stack from '../../../../../schemas/helm/kube-stack-chart.json' with { type: 'json' };
import type { Json } from '../../../document/node.ts';
import { isEmpty, itemsOf, pick, textOf, traced, tracedMap, withEntry, withoutEntry } from '../../traced.ts';
import type { Origin, Traced, TracedMap } from '../../traced.ts';
import { appendTo, listHas, prependTo, setAt, underlay, unique } from '../config-edits.ts';
import { TemplateStop } from '../template-stop.ts';
import { STACK_PRESETS } from './presets/index.ts';
import { mountedFolders } from '../node-folders.ts';
import type { MountedVolume } from '../node-folders.ts';
import { hasStackPipeline, isPresetOn, STACK_RENAMES } from './stack-preset.ts';
import type { StackContext, StackPreset } from './stack-preset.ts';

/** The config of a collector of the kube-stack chart, and what is missing from it. */
export interface StackConfig {
  readonly config: TracedMap;
  readonly unrendered: readonly string[];
}

const OWN_SCRAPES = 'daemon_scrape_configs.yaml';
const METRICS = ['service', 'pipelines', 'metrics', 'receivers'];

/**
 * What the kube-stack chart writes as `spec.config` (chart 0.20 `templates/_config.tpl`): new names, scrape configs of a file, presets. Throws
 * TemplateStop.
 */
export function stackConfig(context: StackContext): StackConfig {
  refusePrometheus(context);
  const written = pick(context.collector, 'config');
  const given = written?.kind === 'map' ? written : tracedMap({}, {});
  const named = context.rewrites ? withNewNames(given) : given;
  const file = textOf(context.collector, 'scrape_configs_file') ?? '';
  const scraped = file === '' ? withAllocatorReceiver(named, context) : withScrapeFile(named, context, file);
  const config = STACK_PRESETS.filter((preset) => isOn(preset, context)).reduce(
    (made, preset) => preset.apply(made, context, originOf(preset, context)),
    scraped,
  );
  const isUnknown = file !== '' && file !== OWN_SCRAPES;
  return {
    config,
    unrendered: isUnknown
      ? [`The scrape configs of ${file} (scrape_configs_file) are inside the chart; they are not shown.`]
      : [],
  };
}

/** The folders of the node that the presets of a collector add to its volumes. */
export function stackFolders(context: StackContext): readonly MountedVolume[] {
  return mountedFolders(
    STACK_PRESETS.filter((preset) => isOn(preset, context)).map((preset) => ({
      folders: preset.folders?.(context) ?? [],
      origin: originOf(preset, context),
    })),
  );
}

function isOn({ name, switches }: StackPreset, context: StackContext): boolean {
  return switches.some((path) => isPresetOn(context, ...name, ...path));
}

function originOf({ name, switches }: StackPreset, context: StackContext): Origin {
  const on = switches.find((path) => isPresetOn(context, ...name, ...path)) ?? [];
  const at = pick(context.collector, 'presets', ...name, ...on)?.origin.at;
  return { ...(at === undefined ? {} : { at }), why: `preset ${name.join('.')}` };
}

/** Old names give way to new ones; where both are defined, the new one stays. */
function withNewNames(config: TracedMap): TracedMap {
  let made = config;
  for (const { from, to, section } of STACK_RENAMES) {
    const components = pick(made, section);
    const old = pick(components, from);
    if (components?.kind === 'map' && old !== undefined) {
      const rest = withoutEntry(components, from);
      made = withEntry(made, section, rest.entries.has(to) ? rest : withEntry(rest, to, old));
    }
    const pipelines = pick(made, 'service', 'pipelines');
    for (const [id, pipeline] of pipelines?.kind === 'map' ? pipelines.entries : []) {
      const list = pick(pipeline, section);
      const path = ['service', 'pipelines', id, section];
      if (list?.kind !== 'list' || !listHas(made, path, from)) continue;
      const items = list.items.map((item): Traced =>
        item.kind === 'scalar' && item.value === from ? { ...item, value: to } : item,
      );
      made = setAt(made, path, unique({ ...list, items }));
    }
  }
  return made;
}

/** Scrape configs of a file of the chart behind those of the config; the receiver first in the metrics pipeline if it is not in it. */
function withScrapeFile(config: TracedMap, { collector }: StackContext, file: string): TracedMap {
  const at = pick(collector, 'scrape_configs_file')?.origin.at;
  const origin: Origin = { ...(at === undefined ? {} : { at }), why: `scrape_configs_file ${file}` };
  const scrapes: readonly Json[] = file === OWN_SCRAPES ? stack.scrapeConfigs : [];
  const path = ['receivers', 'prometheus', 'config', 'scrape_configs'];
  const items = [...itemsOf(config, ...path), ...scrapes.map((scrape) => traced(scrape, origin))];
  let made = underlay(config, { receivers: { prometheus: { config: { scrape_configs: [] } } } }, origin);
  made = setAt(made, path, { kind: 'list', items, origin });
  if (!hasStackPipeline(made, 'metrics') || listHas(made, METRICS, 'prometheus')) return made;
  if (isEmpty(pick(made, ...METRICS))) made = setAt(made, METRICS, { kind: 'list', items: [], origin });
  return prependTo(made, METRICS, 'prometheus', origin);
}

/** A target allocator needs a receiver to give targets to. */
function withAllocatorReceiver(config: TracedMap, { collector }: StackContext): TracedMap {
  const enabled = pick(collector, 'targetAllocator', 'enabled');
  if (isEmpty(enabled)) return config;
  const origin: Origin = {
    ...(enabled?.origin.at === undefined ? {} : { at: enabled.origin.at }),
    why: 'targetAllocator',
  };
  let made = config;
  if (pick(config, 'receivers', 'prometheus') === undefined) {
    made = underlay(made, { receivers: { prometheus: { config: { scrape_configs: [] } } } }, origin);
  }
  if (!hasStackPipeline(made, 'metrics') || listHas(made, METRICS, 'prometheus')) return made;
  if (isEmpty(pick(made, ...METRICS))) made = setAt(made, METRICS, { kind: 'list', items: [], origin });
  return appendTo(made, METRICS, 'prometheus', origin);
}

/** The Prometheus presets take the place of a scrape file, and scrape what is on their own node. */
function refusePrometheus(context: StackContext): void {
  const on = ['nodeExporter', 'cadvisor', 'podAnnotations'].find((name) =>
    isPresetOn(context, 'prometheus', name, 'enabled'),
  );
  if (on === undefined) return;
  const at = pick(context.collector, 'presets', 'prometheus', on, 'enabled')?.origin.at;
  if (!isEmpty(pick(context.collector, 'scrape_configs_file'))) {
    throw new TemplateStop(`presets.prometheus.${on} replaces scrape_configs_file, and both are set`, at);
  }
  if (context.mode !== 'daemonset') {
    throw new TemplateStop(`presets.prometheus.${on} needs mode daemonset, and it is ${context.mode}`, at);
  }
}
