import { splitVersion } from '../../../src/core/bindplane/names.ts';
import { referencesOf } from '../../../src/core/bindplane/references.ts';
import { renderConfiguration } from '../../../src/core/bindplane/render.ts';
import type { Kind, Reference, Resource, ResourceKey } from '../../../src/core/bindplane/resource.ts';
import { KINDS } from '../../../src/core/bindplane/resource.ts';
import type { Pin } from '../../../src/core/bindplane/saved-form.ts';
import type { TypeCatalogue } from '../../../src/core/bindplane/types.ts';
import { overrideTypes, readTypes } from '../../../src/core/bindplane/types.ts';
import { sha256 } from '../../../src/core/document/digest.ts';
import type { ConfigurationStatus, StoredConfig, StoredResource, StoreTables } from '../../store/store.ts';
import type { OfferedText } from '../dependencies.ts';
import { MADE_BY } from './kinds.ts';
import { resourceOf } from './normalise.ts';
import { holdsSecret } from './secrets.ts';

/** All resources of the server in memory while a request is worked off, and the types that count. */
export class Workspace {
  /** Newest versions. */
  readonly resources: Map<ResourceKey, Resource> = new Map<ResourceKey, Resource>();
  readonly #stored = new Map<ResourceKey, StoredResource>();
  readonly #statuses: ReadonlyMap<string, ConfigurationStatus>;
  readonly #secret = new Set<ResourceKey>();
  readonly #references = new Map<ResourceKey, readonly Reference[]>();
  readonly #base: TypeCatalogue;
  readonly #offered: OfferedText;
  #types: TypeCatalogue | undefined;

  private constructor(base: TypeCatalogue, offered: OfferedText, statuses: readonly ConfigurationStatus[]) {
    this.#base = base;
    this.#offered = offered;
    this.#statuses = new Map(statuses.map((status) => [status.name, status]));
  }

  /** `base`: types that come with the program; `offered`: what agents are offered for a render. */
  static async read(tables: StoreTables, base: TypeCatalogue, offered: OfferedText): Promise<Workspace> {
    const workspace = new Workspace(base, offered, await tables.configs.statuses());
    for (const kind of KINDS) {
      for (const stored of await tables.resources.list(kind)) workspace.put(stored);
    }
    return workspace;
  }

  put(stored: StoredResource): void {
    const resource = resourceOf(stored.document, stored.version);
    const { key } = resource;
    this.resources.set(key, resource);
    this.#stored.set(key, stored);
    this.#references.delete(key);
    if (holdsSecret(stored.document)) this.#secret.add(key);
    else this.#secret.delete(key);
    if (resource.kind.endsWith('Type')) this.#types = undefined;
  }

  remove(key: ResourceKey): void {
    this.resources.delete(key);
    this.#stored.delete(key);
    this.#references.delete(key);
    if (key.split('/')[0]?.endsWith('Type') === true) this.#types = undefined;
  }

  /** The newest stored version. */
  stored(key: ResourceKey): StoredResource | undefined {
    return this.#stored.get(key);
  }

  /** What a configuration's versions are to its rollouts. */
  status(name: string): ConfigurationStatus {
    return this.#statuses.get(name) ?? { name };
  }

  /** Types that were applied stand before those that come with the program. */
  get types(): TypeCatalogue {
    this.#types ??= this.#withApplied();
    return this.#types;
  }

  #withApplied(): TypeCatalogue {
    const own = [...this.resources.values()].filter(({ kind }) => kind.endsWith('Type'));
    if (own.length === 0) return this.#base;
    return overrideTypes(this.#base, readTypes(own.map(typeDocument)).types);
  }

  /** The version that a reference without one means: the newest stored, else that of a type that comes with the program. */
  newest(kind: Kind, name: string): number | undefined {
    return this.#stored.get(`${kind}/${name}`)?.version ?? this.builtInVersion(kind, name);
  }

  /** The version of a type that comes with the program; undefined for everything else. */
  builtInVersion(kind: Kind, name: string): number | undefined {
    const made = MADE_BY[kind];
    const type = made === undefined ? undefined : this.#base.get(made, name);
    return type === undefined ? undefined : (type.version ?? 1);
  }

  /**
   * Gives references the newest version, whatever version they name: what is saved is what will be rendered, as on a
   * BindPlane server (reference/bindplane.md §1.2).
   */
  readonly pin: Pin = (kind, reference) => {
    const { name } = splitVersion(reference);
    const newest = this.newest(kind, name);
    return newest === undefined ? reference : `${name}:${newest}`;
  };

  references(resource: Resource): readonly Reference[] {
    const known = this.#references.get(resource.key);
    if (known !== undefined && this.resources.get(resource.key) === resource) return known;
    const found = referencesOf(resource);
    if (this.resources.get(resource.key) === resource) this.#references.set(resource.key, found);
    return found;
  }

  /**
   * Whether what a reference names exists: a resource, in the version it names, or a type; a file from another server may
   * name any version of a type.
   */
  async knows(tables: StoreTables, { to, version }: Reference): Promise<boolean> {
    const stored = this.#stored.get(to);
    if (stored === undefined) {
      const [kind = '', name = ''] = to.split('/');
      const known = KINDS.find((candidate) => candidate === kind);
      return known !== undefined && this.builtInVersion(known, name) !== undefined;
    }
    if (version === undefined || version === stored.version || stored.kind.endsWith('Type')) return true;
    return (await tables.resources.get(stored.kind, stored.name, version)) !== undefined;
  }

  /** Resources that name `key` themselves, by kind and name. */
  usersOf(key: ResourceKey): readonly Resource[] {
    return [...this.resources.values()].filter(
      (resource) => resource.key !== key && this.references(resource).some(({ to }) => to === key),
    );
  }

  /** Whether a configuration or anything it uses holds a secret: else its shown text is what agents get. */
  #isSecret(resource: Resource): boolean {
    if (this.#secret.has(resource.key)) return true;
    return this.references(resource).some(({ to }) => {
      const used = this.resources.get(to);
      return this.#secret.has(to) || (used !== undefined && used !== resource && this.#isSecret(used));
    });
  }

  /**
   * One version of a configuration rendered: as agents are offered it, and as people see it; `problems` name what cannot be,
   * `withheld` says why nothing was added for agents.
   */
  render(
    configuration: Resource,
    version: number,
  ): { readonly config: StoredConfig; readonly problems: readonly string[]; readonly withheld?: string } {
    const context = { resources: this.resources, types: this.types, version };
    const plain = renderConfiguration(configuration, { ...context, secrets: 'plain' });
    const rendered = plain.config.text;
    const raw = this.#isSecret(configuration)
      ? renderConfiguration(configuration, context).config.text
      : rendered;
    const { text, withheld } = this.#offered(configuration, version, rendered);
    const errors = plain.findings
      .filter(({ severity }) => severity === 'error')
      .map(({ message }) => message);
    return {
      config: { hash: sha256(text), text, raw, configuration: configuration.name, version },
      problems: [...new Set([...plain.config.unrendered, ...errors])],
      ...(withheld === undefined ? {} : { withheld }),
    };
  }
}

function typeDocument({ kind, name, metadata, spec }: Resource): Parameters<typeof readTypes>[0][number] {
  return { file: name, value: { kind, metadata: { ...metadata, name }, spec }, verified: true };
}
