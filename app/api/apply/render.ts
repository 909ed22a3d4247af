import { renderConfiguration } from '../../../src/core/bindplane/render.ts';
import { referencesOf } from '../../../src/core/bindplane/references.ts';
import type { Kind, Resource, ResourceKey } from '../../../src/core/bindplane/resource.ts';
import { KINDS } from '../../../src/core/bindplane/resource.ts';
import type { TypeCatalogue } from '../../../src/core/bindplane/types.ts';
import { overrideTypes, readTypes } from '../../../src/core/bindplane/types.ts';
import { sha256 } from '../../../src/core/document/digest.ts';
import type { StoredConfig, StoreTables } from '../../store/store.ts';
import { resourceOf } from './normalise.ts';

/** All resources of the server in memory while a request is worked off, and the types that count. */
export class Workspace {
  readonly resources: Map<ResourceKey, Resource> = new Map<ResourceKey, Resource>();
  readonly #base: TypeCatalogue;
  #types: TypeCatalogue | undefined;

  private constructor(base: TypeCatalogue) {
    this.#base = base;
  }

  static async read(tables: StoreTables, base: TypeCatalogue): Promise<Workspace> {
    const workspace = new Workspace(base);
    for (const kind of KINDS) {
      for (const stored of await tables.resources.list(kind)) {
        workspace.put(resourceOf(stored.document, stored.version));
      }
    }
    return workspace;
  }

  put(resource: Resource): void {
    this.resources.set(resource.key, resource);
    if (resource.kind.endsWith('Type')) this.#types = undefined;
  }

  remove(key: ResourceKey): void {
    this.resources.delete(key);
    if (key.split('/')[0]?.endsWith('Type') === true) this.#types = undefined;
  }

  /** Types that were applied stand before those that come with the program. */
  get types(): TypeCatalogue {
    this.#types ??= overrideTypes(this.#base, this.#applied());
    return this.#types;
  }

  #applied(): TypeCatalogue {
    const own = [...this.resources.values()].filter(({ kind }) => kind.endsWith('Type'));
    const documents = own.map(({ kind, name, metadata, spec }) => ({
      file: name,
      value: { kind, metadata: { ...metadata, name }, spec },
      verified: true,
    }));
    return readTypes(documents).types;
  }

  ofKind(kind: Kind): readonly Resource[] {
    return [...this.resources.values()].filter((resource) => resource.kind === kind);
  }

  /** Whether something with this key exists: a resource, or a type that comes with the program. */
  has(key: ResourceKey): boolean {
    if (this.resources.has(key)) return true;
    const [kind = '', name = ''] = key.split('/');
    if (!kind.endsWith('Type')) return false;
    const typeKind = kind.slice(0, -'Type'.length).toLowerCase();
    return this.types.list().some((type) => type.kind === typeKind && type.name === name);
  }

  /** Resources that name any of `keys`, directly or through others. */
  dependents(keys: ReadonlySet<ResourceKey>): readonly Resource[] {
    const reached = new Set<ResourceKey>(keys);
    for (let grown = true; grown;) {
      grown = false;
      for (const resource of this.resources.values()) {
        if (reached.has(resource.key) || !referencesOf(resource).some(({ to }) => reached.has(to))) continue;
        reached.add(resource.key);
        grown = true;
      }
    }
    return [...this.resources.values()].filter(({ key }) => reached.has(key) && !keys.has(key));
  }

  /** One version of a configuration rendered: as agents get it, and as people see it; `problems` name what cannot be. */
  render(
    configuration: Resource,
    version: number,
  ): { readonly config: StoredConfig; readonly problems: readonly string[] } {
    const context = { resources: this.resources, types: this.types, version };
    const plain = renderConfiguration(configuration, { ...context, secrets: 'plain' });
    const shown = renderConfiguration(configuration, context);
    const { text } = plain.config;
    const errors = plain.findings
      .filter(({ severity }) => severity === 'error')
      .map(({ message }) => message);
    return {
      config: {
        hash: sha256(text),
        text,
        raw: shown.config.text,
        configuration: configuration.name,
        version,
      },
      problems: [...new Set([...plain.config.unrendered, ...errors])],
    };
  }
}
