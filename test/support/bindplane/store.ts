import { createHash } from 'node:crypto';
import type { Json, JsonMap } from '../../../src/core/document/node.ts';

export type Data = { [key: string]: Json };

export interface Progress {
  completed: number;
  errors: number;
  pending: number;
  waiting: number;
}

export interface RolloutOptions {
  startAutomatically: boolean;
  rollbackOnFailure: boolean;
  phaseAgentCount: { initial: number; multiplier: number; maximum: number };
  maxErrors: number;
}

export interface RolloutState {
  status: number;
  options: RolloutOptions;
  phase: number;
  progress: Progress;
  /** Only in progressive rollouts: the stage that is under way, and all of them. */
  stage?: number;
  stages?: Stage[];
}

/** One stage of a progressive rollout: the agents with all these labels that no earlier stage has. */
export interface Stage {
  name: string;
  labels: Record<string, string>;
  progress: Progress;
}

/** One version of a resource as the server keeps it. `rollout` only for Configurations. */
export interface Stored {
  readonly kind: string;
  readonly name: string;
  readonly apiVersion: string;
  metadata: Data;
  spec: Data;
  version: number;
  rollout: RolloutState;
}

/** Versions of one Configuration that matter to its rollout. */
export interface Versions {
  current: number;
  pending: number;
}

export const NO_ROLLOUT: RolloutState = {
  status: 0,
  options: {
    startAutomatically: false,
    rollbackOnFailure: false,
    phaseAgentCount: { initial: 0, multiplier: 0, maximum: 0 },
    maxErrors: 0,
  },
  phase: 0,
  progress: { completed: 0, errors: 0, pending: 0, waiting: 0 },
};

/** Resources with their versions, newest last, as BindPlane 1.35.0 keeps them (reference/bindplane.md §1.7). */
export class Store {
  readonly #resources = new Map<string, Stored[]>();
  readonly #versions = new Map<string, Versions>();
  readonly #now: () => string;
  #ids = 0;

  constructor(now: () => string) {
    this.#now = now;
  }

  /** A new id in the form of a ULID; the same order of calls gives the same ids. */
  newId(): string {
    this.#ids++;
    return `01STANDIN${String(this.#ids).padStart(17, '0')}`;
  }

  get(kind: string, name: string, version?: number): Stored | undefined {
    const versions = this.#resources.get(`${kind}/${name}`) ?? [];
    return version === undefined ? versions.at(-1) : versions.find((stored) => stored.version === version);
  }

  list(kind: string): readonly Stored[] {
    const found = [...this.#resources.values()].flatMap((versions) => versions.at(-1) ?? []);
    return found.filter((stored) => stored.kind === kind).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  history(kind: string, name: string): readonly Stored[] {
    return (this.#resources.get(`${kind}/${name}`) ?? []).toReversed();
  }

  all(): readonly Stored[] {
    return [...this.#resources.values()].flatMap((versions) => versions.at(-1) ?? []);
  }

  versionsOf(name: string): Versions {
    const known = this.#versions.get(name) ?? { current: 0, pending: 0 };
    this.#versions.set(name, known);
    return known;
  }

  delete(kind: string, name: string): boolean {
    if (kind === 'Configuration') this.#versions.delete(name);
    return this.#resources.delete(`${kind}/${name}`);
  }

  /**
   * Stores what changed. A changed Configuration is edited in place while its newest version is a draft; everything else gets a new version.
   */
  put(
    kind: string,
    name: string,
    apiVersion: string,
    metadata: JsonMap,
    spec: JsonMap,
  ): { stored: Stored; status: string } {
    const versions = this.#resources.get(`${kind}/${name}`) ?? [];
    const newest = versions.at(-1);
    if (newest !== undefined && isSame(newest, metadata, spec)) {
      return { stored: newest, status: 'unchanged' };
    }
    const hash = createHash('sha256').update(JSON.stringify(spec)).digest('hex');
    const isDraft = kind === 'Configuration' && newest !== undefined && newest.rollout.status === 0;
    const isSameSpec =
      kind === 'Configuration' && newest !== undefined && sorted(newest.spec) === sorted(spec);
    const version = newest === undefined ? 1 : isDraft || isSameSpec ? newest.version : newest.version + 1;
    const stored: Stored = {
      kind,
      name,
      apiVersion,
      metadata: {
        id: newest?.metadata['id'] ?? this.newId(),
        ...metadata,
        hash,
        version,
        dateModified: this.#now(),
      },
      spec: { ...spec },
      version,
      rollout: structuredClone(isSameSpec ? newest.rollout : NO_ROLLOUT),
    };
    this.#resources.set(`${kind}/${name}`, [...versions.filter((old) => old.version !== version), stored]);
    return { stored, status: newest === undefined ? 'created' : 'configured' };
  }
}

const USER_METADATA = ['name', 'displayName', 'description', 'icon', 'labels'];

function isSame(stored: Stored, metadata: JsonMap, spec: JsonMap): boolean {
  const same = USER_METADATA.every(
    (key) => sorted(stored.metadata[key] ?? null) === sorted(metadata[key] ?? null),
  );
  return same && sorted(stored.spec) === sorted(spec);
}

/** A scalar as text; empty for anything else. */
export function textOf(value: Json | undefined): string {
  return value === undefined || value === null || typeof value === 'object' ? '' : String(value);
}

/** JSON with sorted keys, for comparing. */
function sorted(value: Json): string {
  return JSON.stringify(value, (_key, member: Json) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
