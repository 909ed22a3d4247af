import type { ComponentClass } from '../collector/component-id.ts';
import type { FieldChange } from './resources.ts';

/** What differs between two configs for a collector, not for a reader of their texts. Ids are as the config writes them. */
export type SemanticChange =
  | ComponentChange
  | PipelineChange
  | ExtensionsChange
  | ListenerChange
  | DestinationChange
  | SamplingChange
  | TelemetryChange
  | OtherChange;

/** `renamed`: the same body under another id of the same type; nothing else changes by it. */
export interface ComponentChange {
  readonly kind: 'component';
  readonly action: 'added' | 'removed' | 'changed' | 'renamed';
  readonly class: ComponentClass;
  /** As after writes it, of a removed one as before does. */
  readonly id: string;
  /** The id before, of a renamed one. */
  readonly from?: string;
  /** Key paths within the body, of a changed one; never the values, which may be secret. */
  readonly fields?: readonly FieldChange[];
}

export interface PipelineChange {
  readonly kind: 'pipeline';
  readonly action: 'added' | 'removed' | 'changed' | 'renamed';
  readonly id: string;
  readonly from?: string;
  readonly receivers?: SetChange;
  readonly exporters?: SetChange;
  /** `moved`: those that both have stand in another order, which is the order of execution. */
  readonly processors?: SetChange & { readonly moved: boolean };
}

export interface SetChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Extensions that run. */
export interface ExtensionsChange extends SetChange {
  readonly kind: 'extensions';
}

/** An address at which a component that runs takes connections. */
export interface ListenerChange {
  readonly kind: 'listener';
  readonly action: 'added' | 'removed' | 'moved';
  readonly class: ComponentClass;
  readonly id: string;
  /** Where in the body it stands: `protocols.grpc`, empty for the body itself. */
  readonly slot: string;
  readonly before?: string;
  readonly after?: string;
}

/** Where an exporter that runs sends to. */
export interface DestinationChange {
  readonly kind: 'destination';
  readonly action: 'added' | 'removed' | 'moved';
  readonly id: string;
  readonly before?: readonly string[];
  readonly after?: readonly string[];
}

/** What a sampling component that runs keeps. */
export interface SamplingChange {
  readonly kind: 'sampling';
  readonly action: 'added' | 'removed' | 'changed';
  readonly id: string;
  readonly before?: string;
  readonly after?: string;
}

/** The collector's own metrics, logs and traces. */
export interface TelemetryChange {
  readonly kind: 'telemetry';
  readonly fields: readonly FieldChange[];
}

/** Keys beside those that a collector knows. */
export interface OtherChange {
  readonly kind: 'other';
  readonly fields: readonly FieldChange[];
}

/**
 * How two texts differ that mean the same: `names` (renamed types, other ids), `order` (of lists without an order), `notation` (durations,
 * references, empty bodies), `layout` (comments, blanks, the order of keys).
 */
export type Rewording = 'names' | 'order' | 'notation' | 'layout';

/** Two configs compared. */
export interface SemanticDiff {
  readonly changes: readonly SemanticChange[];
  /** How the texts differ where they mean the same; empty where they do not. */
  readonly rewordings: readonly Rewording[];
  /** False where parts of either config are not known: then no changes does not mean no change. */
  readonly complete: boolean;
}

/** Whether a collector does the same with both configs, as far as its version knows their names: nothing differs, or only ids do. */
export function isSameBehaviour({ changes, complete }: Pick<SemanticDiff, 'changes' | 'complete'>): boolean {
  return complete && changes.every((change) => 'action' in change && change.action === 'renamed');
}
