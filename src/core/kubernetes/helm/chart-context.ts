import { isAtLeast } from '../../collector/version.ts';
import { isEmpty, pick, textOf } from '../traced.ts';
import type { TracedMap } from '../traced.ts';

/** The release that values are installed as. */
export interface HelmRelease {
  readonly name: string;
  readonly namespace: string;
}

export const CHART_MODES = ['deployment', 'daemonset', 'statefulset'] as const;

export type ChartMode = (typeof CHART_MODES)[number];

/** What the templates of the collector chart see: `.Release`, `.Chart` and `.Values` (merged), and the mode that the values choose. */
export interface ChartContext {
  readonly release: HelmRelease;
  readonly chartName: string;
  readonly chartVersion: string;
  readonly appVersion: string;
  readonly values: TracedMap;
  readonly mode: ChartMode;
}

/** What templates inside a config can use. The kube-stack chart hands them neither `.Values` nor the helpers of the collector chart. */
export type TemplateContext = Omit<ChartContext, 'mode' | 'values'> & { readonly values?: TracedMap };

/** Whether the chart is at least this version: how each switch of its history is asked for. */
export function since(context: Pick<ChartContext, 'chartVersion'>, version: string): boolean {
  return isAtLeast(context.chartVersion, version);
}

/** Whether the value at a path counts as true in a template: there, and not empty. */
export function isOn(context: Pick<ChartContext, 'values'>, ...path: readonly string[]): boolean {
  return !isEmpty(pick(context.values, ...path));
}

/** The name that most objects of the release have (`_helpers.tpl`, fullname): at most 63 characters, no dash at the end. */
export function fullName({ release, chartName, values }: Omit<ChartContext, 'mode'>): string {
  const override = textOf(values, 'fullnameOverride') ?? '';
  if (override !== '') return nameOf(override);
  const name = textOf(values, 'nameOverride') || chartName;
  return nameOf(release.name.includes(name) ? release.name : `${release.name}-${name}`);
}

/** The `app.kubernetes.io/name` label. */
export function labelName({ chartName, values }: Pick<ChartContext, 'chartName' | 'values'>): string {
  return nameOf(textOf(values, 'nameOverride') || chartName);
}

/** The namespace of the release, or what the values put in its place. */
export function namespaceOf({ release, values }: Pick<ChartContext, 'release' | 'values'>): string {
  return textOf(values, 'namespaceOverride') || release.namespace;
}

function nameOf(text: string): string {
  return text.slice(0, 63).replace(/-$/, '');
}
