/**
 * A map whose values are made at their first use and kept. Its keys are known from the start, in the order given; asking for the size or the
 * keys makes nothing, walking over the values makes all.
 */
export class LazyMap<K, V> implements ReadonlyMap<K, V> {
  readonly #keys: ReadonlySet<K>;
  readonly #make: (key: K) => V;
  readonly #made = new Map<K, V>();

  /** @param make called once for each key that somebody asks for */
  constructor(keys: Iterable<K>, make: (key: K) => V) {
    this.#keys = new Set(keys);
    this.#make = make;
  }

  get size(): number {
    return this.#keys.size;
  }

  has(key: K): boolean {
    return this.#keys.has(key);
  }

  get(key: K): V | undefined {
    return this.#keys.has(key) ? this.#value(key) : undefined;
  }

  /** The values that somebody has asked for. */
  made(): Iterable<V> {
    return this.#made.values();
  }

  keys(): SetIterator<K> {
    return this.#keys.keys();
  }

  *values(): MapIterator<V> {
    for (const key of this.#keys) yield this.#value(key);
    return undefined;
  }

  *entries(): MapIterator<[K, V]> {
    for (const key of this.#keys) yield [key, this.#value(key)];
    return undefined;
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }

  forEach(call: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this) call(value, key, this);
  }

  #value(key: K): V {
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const value = this.#make(key);
    this.#made.set(key, value);
    return value;
  }
}
