import type { ComponentCatalogue } from '../../collector/catalogue.ts';
import type { ComponentClass } from '../../collector/component-id.ts';
import { provenanceOf } from '../../collector/provenance.ts';
import { writtenId } from '../../diff/component-changes.ts';
import type { ConfigModel } from '../../diff/config-model.ts';
import type { Resource } from '../../bindplane/resource.ts';
import type { Comparison } from '../../diff/semantic.ts';
import type { SourceRange } from '../../document/finding.ts';
import { at } from '../../document/node.ts';
import type { LoadedView } from '../../resources/view.ts';
import type { ConfigurationPlan } from '../plan.ts';
import type { Connections } from './connections.ts';
import type { Flows } from './flows.ts';
import type { RiskReason } from './plan-risk.ts';

/** One way in which a change may do harm. It speaks only of what this change brings about, in configurations that are rolled out. */
export interface RiskMember {
  readonly id: string;
  /** What it finds, in one line without a full stop. */
  readonly summary: string;
  check(subject: RiskSubject): readonly RiskReason[];
  /** What it finds besides configurations that are rolled out: in manifests and values alone. */
  across?(fleet: RiskFleet): readonly RiskReason[];
}

/** Both revisions and what is worked out once for all configurations. */
export interface RiskFleet {
  readonly base: LoadedView;
  readonly head: LoadedView;
  readonly catalogue: ComponentCatalogue;
  /** Sensitive parameters that may have another value, by the key of their resource. */
  readonly secrets: ReadonlyMap<string, readonly ChangedSecret[]>;
  /** Who sends to whom; found when first asked for. */
  connections(side: 'base' | 'head'): Connections;
}

/** A parameter that its type calls sensitive, with another value than before. */
export interface ChangedSecret {
  readonly resource: Resource;
  readonly parameter: string;
  readonly at?: SourceRange;
  /** False where a server masks what it has: then nobody knows whether it is another one. */
  readonly certain: boolean;
}

/** One configuration that is rolled out, compared with what its agents have. */
export interface RiskSubject {
  readonly configuration: ConfigurationPlan;
  /** Against an empty config for a new configuration. */
  readonly comparison: Comparison;
  readonly isNew: boolean;
  /** Whether agents that have it already get another text, and so restart. */
  readonly differs: boolean;
  /** Ways of data through both configs; undefined where there are more than the limit. */
  readonly flows: { readonly before: Flows; readonly after: Flows } | undefined;
  readonly fleet: RiskFleet;
}

/** A component of the config after the change: where a reason is best told. */
export interface Component {
  readonly class: ComponentClass;
  /** The id in the model. */
  readonly id: string;
  /** Keys within the body. */
  readonly path?: readonly string[];
}

/**
 * A reason about a subject. Its place is that of the component, if the config after the change has it, else that of the configuration; it is looked
 * for when somebody asks, as finding the places of a config takes longer than everything else.
 */
export function reason(
  { configuration, comparison, fleet }: RiskSubject,
  text: Pick<RiskReason, 'rule' | 'level' | 'message' | 'related'>,
  component?: Component,
): RiskReason {
  let found: { readonly place: SourceRange | undefined } | undefined;
  const place = (): SourceRange | undefined =>
    componentPlace(configuration, comparison.after, component) ??
    fleet.head.effective.get(configuration.key)?.at;
  return {
    ...text,
    configuration: configuration.key,
    get at(): SourceRange | undefined {
      return (found ??= { place: place() }).place;
    },
  };
}

function componentPlace(
  { after }: ConfigurationPlan,
  model: ConfigModel,
  component: Component | undefined,
): SourceRange | undefined {
  if (after === undefined || component === undefined) return undefined;
  const id = writtenId(model, component.class, component.id);
  return id === undefined
    ? undefined
    : provenanceOf(after, [component.class, id, ...(component.path ?? [])])?.at;
}

/** Where a Configuration says whom it selects. */
export function selectorPlace({ configuration, fleet }: RiskSubject): SourceRange | undefined {
  const resource = fleet.head.effective.get(configuration.key)?.resource;
  return at(resource?.document, 'spec', 'selector')?.at ?? resource?.at;
}

/** How the configs write an id: after's way, else before's. */
export function nameIn({ after, before }: Comparison, cls: ComponentClass, id: string): string {
  return writtenId(after, cls, id) ?? writtenId(before, cls, id) ?? id;
}

/** `` `a`, `b` and 3 more ``. */
export function names(list: readonly string[], most: number = 3): string {
  const shown = list.slice(0, most).map((name) => `\`${name}\``);
  const more = list.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and ${more} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1) ?? ''}`;
}
