import { LIMITS } from '../document/limits.ts';
import type { SourceRange } from '../document/finding.ts';
import { belongingTo, nearest, nearestOf } from '../kubernetes/nearest.ts';
import type { Workload } from '../kubernetes/workload.ts';

/** An object that selects pods of its namespace by their labels. */
interface Selecting {
  readonly key: string;
  readonly namespace: string;
  readonly at: SourceRange;
}

type LabelsOf<T> = (object: T) => Readonly<Record<string, string>>;

/** What selects pods with the same labels, and how it is divided among the workloads that have them. */
interface Pool<T> {
  readonly all: readonly T[];
  /** Those of one key, of which each file has its nearest. */
  readonly byKey: ReadonlyMap<string, (file: string) => T | undefined>;
  readonly byFile: ReadonlyMap<string, readonly T[]>;
  /** For workloads that several files declare. */
  readonly byWorkload: Map<string, (file: string) => readonly T[]>;
}

/**
 * The objects that select a workload's pods, of each key the one that belongs to its file. An empty selector selects nothing here. Of more than
 * `LIMITS.lint.selecting` those of its own file come first, and the others are left out: pods of so many are alike, and alike is what is
 * said of them. What depends on labels alone is worked out once for all pods that have the same.
 * @param filesOf the files that declare a workload of this key
 */
export function selectedBy<T extends Selecting>(
  objects: readonly T[],
  labelsOf: LabelsOf<T>,
  filesOf: (key: string) => readonly string[],
): (workload: Workload) => readonly T[] {
  const selecting = byRarestLabel(objects, labelsOf);
  const pools = new Map<string, Pool<T>>();
  return (workload) => {
    const { pod, namespace, key, at } = workload;
    if (pod === undefined) return [];
    const labels = Object.entries(pod.labels);
    const kind = JSON.stringify([namespace, ...labels.toSorted(([a], [b]) => (a < b ? -1 : 1))]);
    const pool = pools.get(kind) ?? poolOf(selecting(namespace, pod.labels));
    pools.set(kind, pool);
    return within(pool, key, at.file, filesOf(key));
  };
}

function poolOf<T extends Selecting>(all: readonly T[]): Pool<T> {
  const byKey = Map.groupBy(all, ({ key }) => key);
  return {
    all,
    byKey: new Map([...byKey].map(([key, same]) => [key, nearestOf(same)])),
    byFile: Map.groupBy(all, ({ at }) => at.file),
    byWorkload: new Map(),
  };
}

function within<T extends Selecting>(
  pool: Pool<T>,
  key: string,
  file: string,
  files: readonly string[],
): readonly T[] {
  const most = LIMITS.lint.selecting;
  if (files.length > 1) {
    const own = pool.byWorkload.get(key) ?? belongingTo(pool.all, files);
    pool.byWorkload.set(key, own);
    const mine = own(file).slice(0, most);
    return [...Map.groupBy(mine, (one) => one.key).values()].flatMap((same) => nearest(same, file) ?? []);
  }
  const keys =
    pool.byKey.size <= most
      ? pool.byKey.keys()
      : new Set([...(pool.byFile.get(file) ?? []).map((one) => one.key), ...first(pool.byKey.keys(), most)]);
  return [...keys].slice(0, most).flatMap((one) => pool.byKey.get(one)?.(file) ?? []);
}

function first<T>(items: Iterable<T>, count: number): readonly T[] {
  const found: T[] = [];
  for (const item of items) {
    if (found.length === count) break;
    found.push(item);
  }
  return found;
}

/** Looks objects up by the label of their selector that fewest of them ask for, so that `app: shop` of everybody costs nobody. */
function byRarestLabel<T extends Selecting>(
  objects: readonly T[],
  labelsOf: LabelsOf<T>,
): (namespace: string, labels: Readonly<Record<string, string>>) => readonly T[] {
  const id = (namespace: string, [name, value]: readonly [string, string]): string =>
    `${namespace} ${name} ${value}`;
  const asked = new Map<string, number>();
  const wanted = objects.map((object, order) => ({
    object,
    order,
    labels: Object.entries(labelsOf(object)),
  }));
  for (const { object, labels } of wanted) {
    for (const label of labels) {
      const key = id(object.namespace, label);
      asked.set(key, (asked.get(key) ?? 0) + 1);
    }
  }
  const byLabel = Map.groupBy(wanted, ({ object, labels }) =>
    labels
      .map((label) => id(object.namespace, label))
      .reduce<string | undefined>(
        (best, key) => (best === undefined || (asked.get(key) ?? 0) < (asked.get(best) ?? 0) ? key : best),
        undefined,
      ),
  );
  return (namespace, labels) =>
    Object.entries(labels)
      .flatMap((label) => byLabel.get(id(namespace, label)) ?? [])
      .filter((one) => one.labels.every(([name, value]) => labels[name] === value))
      .toSorted((a, b) => a.order - b.order)
      .map(({ object }) => object);
}
