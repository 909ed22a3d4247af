import { observedComponent } from './catalogue-data.ts';
import type { CatalogueData } from './catalogue-data.ts';
import type { ComponentClass } from './component-id.ts';
import type { Basis } from './component-verdict.ts';
import { minorOf, rangeState } from './version-range.ts';

/**
 * Whether a component takes part in pipelines of a signal. For connectors a signal is a pair (`traces_to_metrics`). `supported`: the
 * signals it has at that version.
 */
export type SignalVerdict =
  | ({ readonly verdict: 'supported'; readonly stability: string } & Basis)
  | ({ readonly verdict: 'unsupported'; readonly supported: readonly string[] } & Basis)
  | { readonly verdict: 'unknown'; readonly why: string };

/** The verdict from the component's metadata.yaml; exact where that version's file was read. */
export function signalVerdict(
  data: CatalogueData,
  componentClass: ComponentClass,
  type: string,
  signal: string,
  version: string,
): SignalVerdict {
  const component = observedComponent(data, componentClass, type);
  const minor = minorOf(version);
  if (component === undefined) return { verdict: 'unknown', why: `signals of ${type} are not recorded` };
  if (minor === undefined) return { verdict: 'unknown', why: `collector version ${version} cannot be read` };
  const read = component.read.metadata;
  const basis: Basis = {
    certainty: read.includes(minor) ? 'exact' : 'likely',
    data: `metadata of ${component.module}`,
  };
  const levels = component.signals.get(signal);
  for (const [stability, ranges] of levels ?? []) {
    if (rangeState(ranges, minor, read) === 'holds') return { verdict: 'supported', stability, ...basis };
  }
  const everywhere = [...(levels?.values() ?? [])].flat();
  if (rangeState(everywhere, minor, read) !== 'holds-not') {
    return { verdict: 'unknown', why: `signals of ${type} are not recorded at collector 0.${minor}` };
  }
  const supported = [...component.signals].flatMap(([name, all]) =>
    [...all.values()].some((ranges) => rangeState(ranges, minor, read) === 'holds') ? [name] : [],
  );
  return { verdict: 'unsupported', supported, ...basis };
}
