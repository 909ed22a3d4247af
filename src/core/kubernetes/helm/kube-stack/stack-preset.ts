import type { JsonMap } from '../../../document/node.ts';
import { isEmpty, pick, withEntry } from '../../traced.ts';
import type { Origin, TracedMap } from '../../traced.ts';
import { appendTo, listHas, underlay } from '../config-edits.ts';
import type { NodeFolder } from '../node-folders.ts';
import { TemplateStop } from '../template-stop.ts';

/** One collector of a kube-stack release as the presets see it. */
export interface StackContext {
  readonly collector: TracedMap;
  readonly mode: string;
  /** Name of the collector resource. */
  readonly fullName: string;
  readonly namespace: string;
  /** Whether old component names are rewritten; presets then write the new ones. */
  readonly rewrites: boolean;
}

/** One preset of the kube-stack chart (`collectors.<name>.presets.<preset>`; chart 0.20 `templates/_config.tpl`). */
export interface StackPreset {
  readonly name: readonly string[];
  /** Paths below the preset of which one, when on, switches it on. */
  readonly switches: readonly (readonly string[])[];
  readonly apply: (config: TracedMap, context: StackContext, origin: Origin) => TracedMap;
  /** Folders of the node that the chart adds to the resource for it. */
  readonly folders?: (context: StackContext) => readonly NodeFolder[];
}

/** Component names that changed, in the order in which the chart rewrites them (`_helpers.tpl`, componentRenames). */
export const STACK_RENAMES: readonly {
  readonly from: string;
  readonly to: string;
  readonly section: 'receivers' | 'processors';
}[] = [
  { from: 'k8sattributes', to: 'k8s_attributes', section: 'processors' },
  { from: 'resourcedetection/env', to: 'resource_detection/env', section: 'processors' },
  { from: 'hostmetrics', to: 'host_metrics', section: 'receivers' },
  { from: 'kubeletstats', to: 'kubelet_stats', section: 'receivers' },
  { from: 'filelog', to: 'file_log', section: 'receivers' },
  { from: 'k8sobjects', to: 'k8s_objects', section: 'receivers' },
];

/** The name that presets write for an old one. */
export function currentName(old: string, { rewrites }: Pick<StackContext, 'rewrites'>): string {
  return rewrites ? (STACK_RENAMES.find(({ from }) => from === old)?.to ?? old) : old;
}

/** Whether a setting of the preset is on. */
export function isPresetOn({ collector }: StackContext, ...path: readonly string[]): boolean {
  return !isEmpty(pick(collector, 'presets', ...path));
}

/** A fragment below the config, and its id at the end of a pipeline's receivers where that pipeline exists. */
export function withReceiver(
  config: TracedMap,
  fragment: JsonMap,
  at: { readonly signal: string; readonly id: string; readonly origin: Origin },
): TracedMap {
  const made = underlay(config, fragment, at.origin);
  const path = ['service', 'pipelines', at.signal, 'receivers'];
  return hasStackPipeline(made, at.signal) && !listHas(made, path, at.id)
    ? appendDefaulted(made, at.signal, at.id, at.origin)
    : made;
}

function appendDefaulted(config: TracedMap, signal: string, id: string, origin: Origin): TracedMap {
  const path = ['service', 'pipelines', signal];
  const made = isEmpty(pick(config, ...path, 'receivers'))
    ? withEmptyList(config, path, 'receivers', origin)
    : config;
  return appendTo(made, [...path, 'receivers'], id, origin);
}

function withEmptyList(config: TracedMap, path: readonly string[], key: string, origin: Origin): TracedMap {
  const [step, ...rest] = path;
  if (step === undefined) return withEntry(config, key, { kind: 'list', items: [], origin });
  const below = pick(config, step);
  if (below?.kind !== 'map') throw new TemplateStop(`config.${step} is no map`, below?.origin.at);
  return withEntry(config, step, withEmptyList(below, rest, key, origin));
}

/** An extension at the end of `service.extensions`, which is made where there is none. */
export function withExtension(config: TracedMap, id: string, origin: Origin): TracedMap {
  const made = isEmpty(pick(config, 'service', 'extensions'))
    ? withEmptyList(config, ['service'], 'extensions', origin)
    : config;
  return appendTo(made, ['service', 'extensions'], id, origin);
}

/** Whether a pipeline is there and not empty. */
export function hasStackPipeline(config: TracedMap, signal: string): boolean {
  return !isEmpty(pick(config, 'service', 'pipelines', signal));
}

/** The list of processors of a pipeline, made where there is none. */
export function withProcessors(config: TracedMap, signal: string, origin: Origin): TracedMap {
  const path = ['service', 'pipelines', signal];
  return isEmpty(pick(config, ...path, 'processors'))
    ? withEmptyList(config, path, 'processors', origin)
    : config;
}
