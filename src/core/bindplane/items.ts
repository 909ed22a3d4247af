import { canonicalJson } from '../document/digest.ts';
import type { Finding, SourceRange } from '../document/finding.ts';
import { at, isList, isMap, type Json, type JsonMap, type Path } from '../document/node.ts';
import { derivedItemId, splitVersion } from './names.ts';
import {
  givenParameters,
  parameterFindings,
  parameterValues,
  typePlace,
  type GivenParameter,
} from './parameters.ts';
import type { ReceivingAgent } from './receiving-agent.ts';
import type { Kind, Resource, ResourceKey } from './resource.ts';
import { chosenType } from './type-choice.ts';
import { compileType, emptyPartials, type Partials } from './template.ts';
import type { ResourceType, TypeCatalogue, TypeKind } from './types.ts';

/** What rendering one Configuration needs to know. */
export interface RenderContext {
  readonly resources: ReadonlyMap<ResourceKey, Resource>;
  readonly types: TypeCatalogue;
  /** The Configuration's version as the header names it; 1 when absent. */
  readonly version?: number;
  /**
   * `masked` (the default): secrets as a server shows them in `raw`, `(sensitive)`. `plain`: as agents get them; never show that to people.
   */
  readonly secrets?: 'masked' | 'plain';
  /** The product's name as the server's header writes it; `Bindplane` (servers since 2025) when absent, `BindPlane OP` before. */
  readonly product?: string;
  /** Renders what a server sends to this agent; absent: what it shows in `raw`, the same for all. */
  readonly agent?: ReceivingAgent;
  /** The collector that will run it, for types that choose their text by that; absent: such types are not rendered. */
  readonly collectorVersion?: string;
}

/** A source, destination or processor as a Configuration uses it, resolved and rendered. */
export interface Item {
  readonly kind: TypeKind;
  /** The name in its component ids. */
  readonly name: string;
  readonly type?: ResourceType;
  readonly given: readonly GivenParameter[];
  readonly partials: Partials;
  readonly processors: readonly Item[];
  /** The `type:` value of the resource that the item is. */
  readonly typeAt?: SourceRange;
  /** The Configuration's reference to that resource; absent for inline items. */
  readonly via?: SourceRange;
}

/** Sentences and findings that gather while items are resolved. */
export interface Notes {
  readonly unrendered: Set<string>;
  /** What stands in place of texts that could not be made, as canonical JSON: two of them that differ may make different configs. */
  readonly opaque: Set<string>;
  readonly unverifiedTypes: Set<string>;
  /** Rules of rendering that no server's output has shown. */
  readonly unverifiedRules: Set<string>;
  readonly findings: Finding[];
}

const KIND_OF: Readonly<Record<TypeKind, Kind>> = {
  source: 'Source',
  destination: 'Destination',
  processor: 'Processor',
  connector: 'Connector',
  extension: 'Extension',
};

/** Where an item stands: its list in the spec, its index, and how its name in ids comes about. */
interface ItemPlace {
  readonly kind: TypeKind;
  readonly value: JsonMap;
  readonly path: Path;
  /** The name in ids when the item is inline. */
  readonly inlineName: string;
  /** A library item is called by `inlineName`, too. */
  readonly isNamedByPlace?: true;
  /** An item with a type is inline whether it has a name or not, as in v2 Configurations. */
  readonly isInlineByType?: true;
}

/** Resolves and renders items of one Configuration. */
export class ItemResolver {
  private readonly configuration: Resource;
  private readonly context: RenderContext;
  private readonly notes: Notes;

  constructor(configuration: Resource, context: RenderContext, notes: Notes) {
    this.configuration = configuration;
    this.context = context;
    this.notes = notes;
  }

  /** The items of `spec.sources`. Inline ones are called `source<i>_<id>`. */
  sources(): readonly Item[] {
    return specItems(this.configuration.spec, 'sources').map((value, index, all) => {
      const inlineName = `source${index}_${itemId(this.configuration.key, 'sources', all, index)}`;
      const item = this.resolve({ kind: 'source', value, path: ['spec', 'sources', index], inlineName });
      return this.withProcessors(item, value, ['spec', 'sources', index], item.name);
    });
  }

  /** The items of `spec.destinations`; attached processors are named after `<name>-<i>`. */
  destinations(): readonly Item[] {
    return specItems(this.configuration.spec, 'destinations').map((value, index) => {
      const item = this.resolve({
        kind: 'destination',
        value,
        path: ['spec', 'destinations', index],
        inlineName: `destination${index}`,
      });
      return this.withProcessors(item, value, ['spec', 'destinations', index], `${item.name}-${index}`);
    });
  }

  private withProcessors(item: Item, value: JsonMap, path: Path, owner: string): Item {
    const processors = specItems(value, 'processors').map((processor, index) =>
      this.resolve({
        kind: 'processor',
        value: processor,
        path: [...path, 'processors', index],
        inlineName: `${owner}__processor${index}`,
      }),
    );
    return { ...item, processors };
  }

  /** One item, without the processors attached to it. */
  resolve(place: ItemPlace): Item {
    const { name: reference, type } = place.value;
    const isInline = place.isInlineByType === true && typeof type === 'string' && type !== '';
    if (typeof reference === 'string' && reference !== '' && !isInline) {
      return this.resolveLibrary(place, reference);
    }
    const { document } = this.configuration;
    const given = givenParameters(place.value, document, place.path);
    return this.render(place.kind, place.inlineName, {
      path: place.path,
      spec: place.value,
      given,
      typeAt: typePlace(document, place.path),
      disabled: place.value['disabled'] === true,
    });
  }

  private resolveLibrary(place: ItemPlace, reference: string): Item {
    const { name, version } = splitVersion(reference);
    const kind = KIND_OF[place.kind];
    const via = at(this.configuration.document, ...place.path, 'name')?.at;
    const nameInIds = place.isNamedByPlace === true ? place.inlineName : name;
    const resource = this.context.resources.get(`${kind}/${name}`);
    if (resource === undefined) {
      this.notes.unrendered.add(`${kind} ${name} is missing, so its part cannot be rendered`);
      return {
        kind: place.kind,
        name: nameInIds,
        given: [],
        partials: emptyPartials(),
        processors: [],
        ...(via !== undefined && { via }),
      };
    }
    const known = resource.metadata['version'];
    if (version !== undefined && known !== version) {
      this.notes.unrendered.add(
        `${kind} ${name} is pinned to version ${version}; what stands here may be another one`,
      );
    }
    const item = this.render(place.kind, nameInIds, {
      path: place.path,
      spec: resource.spec,
      given: givenParameters(resource.spec, resource.document, ['spec']),
      typeAt: typePlace(resource.document, ['spec']),
      disabled: place.value['disabled'] === true || resource.spec['disabled'] === true,
    });
    return via === undefined ? item : { ...item, via };
  }

  private render(
    kind: TypeKind,
    name: string,
    from: {
      path: Path;
      spec: JsonMap;
      given: readonly GivenParameter[];
      typeAt: SourceRange | undefined;
      disabled: boolean;
    },
  ): Item {
    const item = {
      kind,
      name,
      given: from.given,
      partials: emptyPartials(),
      processors: [],
      ...(from.typeAt !== undefined && { typeAt: from.typeAt }),
    };
    if (from.disabled) return item;
    const type = this.typeOf(kind, from.spec);
    if (type === undefined) {
      this.noteOpaque(item, from);
      return item;
    }
    const misfits = parameterFindings(from.given, type);
    this.notes.findings.push(...misfits);
    const masked = this.context.secrets !== 'plain';
    const rendered = compileType(type).render(name, parameterValues(type, from.given, masked));
    if ('partials' in rendered) return { ...item, type, partials: rendered.partials };
    this.notes.unrendered.add(`${kind} ${name} cannot be rendered: ${rendered.error}`);
    this.noteOpaque(item, from);
    // A value that does not fit is the cause, and told at its place; the template's complaint would only repeat it.
    if (misfits.length > 0) return { ...item, type };
    this.notes.findings.push({
      rule: 'BPR-001',
      severity: 'error',
      message: `${kind} \`${name}\` of type \`${type.name}\` cannot be rendered: ${rendered.error}`,
      ...(from.typeAt !== undefined && { at: from.typeAt }),
      configuration: this.configuration.key,
    });
    return { ...item, type };
  }

  private noteOpaque({ kind, name, given }: Item, from: { path: Path; spec: JsonMap }): void {
    const { type = null, processors = null } = from.spec;
    const parameters = given.map((parameter): Json => [parameter.name, parameter.value]);
    this.notes.opaque.add(canonicalJson([...from.path, { kind, name, type, parameters, processors }]));
  }

  private typeOf(kind: TypeKind, spec: JsonMap): ResourceType | undefined {
    const { name, version } = splitVersion(typeof spec['type'] === 'string' ? spec['type'] : '');
    if (name === '') {
      const what = isList(spec['processors']) ? 'a bundle of processors' : `a ${kind} without name and type`;
      this.notes.unrendered.add(`cannot be rendered here: ${what}`);
      return undefined;
    }
    const type = this.context.types.get(kind, name);
    if (type === undefined) {
      this.notes.unrendered.add(
        `cannot be rendered here: type ${name} is not in the catalogue; \`collie types pull\``,
      );
      return undefined;
    }
    const chosen = chosenType(type, this.context.collectorVersion);
    if ('reason' in chosen) {
      this.notes.unrendered.add(chosen.reason);
      return undefined;
    }
    if (version !== undefined && type.version !== undefined && type.version !== version) {
      this.notes.unrendered.add(
        `${kind} type ${name} is pinned to version ${version}; the catalogue has version ${type.version}`,
      );
    }
    if (!type.verified) this.notes.unverifiedTypes.add(name);
    return chosen.type;
  }
}

/** Maps of a list in a spec; other things are the schema's business. */
export function specItems(spec: JsonMap, list: string): readonly JsonMap[] {
  const value = spec[list];
  return isList(value) ? value.map((item: Json) => (isMap(item) ? item : {})) : [];
}

/**
 * The item's own id, else the one `manifestOf` sends for it: derived from the owner, the list, and the item's name or type with its
 * occurrence, so that it survives a new order of the others.
 */
export function itemId(owner: string, list: string, items: readonly JsonMap[], index: number): string {
  const item = items[index] ?? {};
  const own = item['id'];
  if (typeof own === 'string' && own !== '') return own;
  const label = itemLabel(item);
  const occurrence = items.slice(0, index).filter((other) => itemLabel(other) === label).length;
  return derivedItemId(`${owner} ${list} ${label} ${occurrence}`);
}

function itemLabel(item: JsonMap): string {
  const { name, type } = item as { readonly name?: Json; readonly type?: Json };
  return splitVersion(
    typeof name === 'string' && name !== '' ? name : `type ${typeof type === 'string' ? type : ''}`,
  ).name;
}
