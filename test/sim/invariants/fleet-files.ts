import { APP_LIMITS } from '../../../app/limits.ts';
import type { StoredHandover } from '../../../app/store/handovers.ts';
import type { StoredResource } from '../../../app/store/store.ts';
import { isMap, type Json, type JsonMap } from '../../../src/core/document/node.ts';
import { type FleetFile, type FleetFiles, HANDED, markOf } from '../fleet-files.ts';
import type { SimulatedGitHub } from '../github.ts';
import { placeOf } from '../handovers.ts';
import type { RowChange } from '../store/database.ts';
import type { Invariant, Scene } from './invariant.ts';

/** Resources of handed-over merges that the server has, by `Kind/name`. */
type Stored = ReadonlyMap<string, StoredResource>;

/**
 * - INV-10: what the server has is what one commit says, or a merge that is under way or failed says which of its steps is open.
 * - INV-14: nothing is written before what it needs is there as its commit has it, and nothing is taken away that something else needs.
 */
export function fleetFiles(scene: Scene): Invariant {
  const { github } = scene;
  return {
    names: ['INV-10', 'INV-14'],
    committed(_by, changes) {
      const handed = changes.filter(isHanded);
      if (github === undefined || handed.length === 0) return;
      const stored = storedIn(scene);
      for (const change of handed) checkWritten(scene, github, stored, change);
    },
    atRest() {
      if (github !== undefined && !scene.isBlind) checkWhole(scene, github);
    },
  };
}

function resourceOf({ before, after }: RowChange): StoredResource {
  return (after ?? before) as StoredResource;
}

function isHanded(change: RowChange): boolean {
  return change.table === 'resources' && resourceOf(change).name.startsWith(HANDED);
}

function storedIn({ database }: Pick<Scene, 'database'>): Stored {
  const stored = new Map<string, StoredResource>();
  for (const resource of database.rows.resources.values()) {
    const { kind, name, version } = resource;
    const key = `${kind}/${name}`;
    if (name.startsWith(HANDED) && (stored.get(key)?.version ?? 0) < version) stored.set(key, resource);
  }
  return stored;
}

function isAs(resource: StoredResource | undefined, file: FleetFile | undefined): boolean {
  if (resource === undefined || file === undefined) return resource === file;
  return textOf(resource.document) === markOf(file.made);
}

/** Whether a version says what the one before it said: what it is made of was written. */
function isCopy({ database }: Scene, now: StoredResource, change: RowChange): boolean {
  const { kind, name, version, document } = now;
  const earlier = database.rows.resources.get(`${kind}/${name}/${version - 1}`);
  const before = (change.before as StoredResource | undefined) ?? earlier;
  return before !== undefined && textOf(before.document) === textOf(document);
}

function textOf({ metadata }: JsonMap): Json | undefined {
  return isMap(metadata) ? metadata['description'] : undefined;
}

/** `Kind/name` of what a stored resource names. */
function usesOf({ document }: StoredResource): readonly string[] {
  const { spec } = document;
  if (!isMap(spec)) return [];
  const named = (items: Json | undefined, kind: string): string[] =>
    Array.isArray(items)
      ? items.flatMap((item: Json) =>
          isMap(item) && typeof item['name'] === 'string'
            ? [`${kind}/${item['name'].replace(/:\d+$/, '')}`]
            : [],
        )
      : [];
  return [...named(spec['sources'], 'Source'), ...named(spec['destinations'], 'Destination')];
}

/** One resource that was written or taken away. */
function checkWritten(scene: Scene, github: SimulatedGitHub, stored: Stored, change: RowChange): void {
  const { world, database } = scene;
  const { kind, name } = resourceOf(change);
  const key = `${kind}/${name}`;
  const now = stored.get(key);
  // An old version that goes is nobody's business while a newer one stays, and a new one of the same text is the server's own.
  if (change.after === undefined && now !== undefined) return;
  if (now !== undefined && isCopy(scene, now, change)) return;
  const underWay = [...database.rows.handovers.values()].filter(({ state }) => state === 'applying');
  const trees = underWay
    .map(({ commit }) => github.files(commit))
    .filter((files) => isAs(now, files.get(key)));
  if (trees.length === 0) {
    world.violate('INV-10', `${key} is not as a merge that is under way has it`);
    return;
  }
  if (now === undefined) {
    const user = [...stored].find(([, resource]) => usesOf(resource).includes(key));
    if (user !== undefined) world.violate('INV-14', `${key} is gone, and ${user[0]} needs it`);
    return;
  }
  const lacking = (files: FleetFiles): string | undefined =>
    usesOf(now).find((used) => !isAs(stored.get(used), files.get(used)));
  if (trees.every((files) => lacking(files) !== undefined)) {
    const lacks = trees.map(lacking).find((used) => used !== undefined);
    world.violate('INV-14', `${key} is written before ${lacks ?? 'what it needs'}`);
  }
}

/** Everything is over: the server is as the newest commit has it, but for what a merge says that it did not do. */
function checkWhole(scene: Scene, github: SimulatedGitHub): void {
  const { world, database } = scene;
  const { rows } = database;
  const [branch] = rows.branches.values();
  if (branch === undefined) return;
  const stored = storedIn(scene);
  const files = github.files(branch.commit);
  const commits = github.commits();
  const earlier = github.files(commits[placeOf(commits, branch.first) - 1] ?? '');
  const isWhole = branch.base === branch.commit;
  const open = isWhole ? [] : openSteps([...rows.handovers.values()], branch.commit);
  for (const key of new Set([...stored.keys(), ...files.keys()])) {
    if (isAs(stored.get(key), files.get(key))) continue;
    // What was there before the first merge that the server knows of, somebody else applied, or nobody did.
    if (!stored.has(key) && earlier.get(key)?.made === files.get(key)?.made) continue;
    const name = key.slice(key.indexOf('/') + 1);
    if (open === 'all' || open.some((text) => text.includes(name))) continue;
    world.violate('INV-10', `${key} is not as ${branch.commit.slice(-2)} has it, and no step of it is open`);
  }
}

/** Steps of a merge that were not carried out; `all` where it came to none, or died too often to say which it came to. */
function openSteps(handovers: readonly StoredHandover[], commit: string): readonly string[] | 'all' {
  const failed = handovers.filter((one) => one.commit === commit && one.state === 'failed');
  if (failed.length === 0) return [];
  const isUntold = ({ steps, attempts }: StoredHandover): boolean =>
    steps.length === 0 || attempts >= APP_LIMITS.handoverAttempts;
  if (failed.some(isUntold)) return 'all';
  return failed.flatMap(({ steps }) =>
    steps.flatMap(({ text, state }) => (state === 'failed' || state === 'skipped' ? [text] : [])),
  );
}
