import type { Json, JsonMap } from '../../../../src/core/document/node.ts';
import { isList, isMap } from '../../../../src/core/document/node.ts';

/** One place where an answer differs from the recorded one; `undefined` is a key that is not there. */
export interface Difference {
  /** `status`, `content-type`, or a path in the body: `updates[0].resource.spec.type`. */
  readonly path: string;
  readonly recorded: Json | undefined;
  readonly ours: Json | undefined;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** Lists without an order: a server of 1.35.0 gives agents in any. */
const UNORDERED = new Set(['agents', 'configurations', 'sources', 'destinations', 'processors']);

/**
 * Compares an answer with a recorded one. Placeholders of the recording fit any value of their kind: `<time>` an RFC 3339
 * time, `<id-N>` any id, the same one wherever N is the same within `ids`. Of lists that were cut in the recording
 * (`x-trimmed`) the recorded items are looked for. Hashes are compared where they do not hang on ids that were made.
 */
export class Comparison {
  readonly #ids: Map<string, string>;

  /** `ids` keeps what each placeholder stands for over all answers of one recording. */
  constructor(ids: Map<string, string>) {
    this.#ids = ids;
  }

  differences(recorded: Json | undefined, ours: Json | undefined, path = ''): readonly Difference[] {
    if (typeof recorded === 'string' && this.#fits(recorded, ours)) return [];
    if (isMap(recorded) && isMap(ours)) return this.#maps(recorded, ours, path);
    if (isList(recorded) && isList(ours)) return this.#lists(recorded, ours, path);
    if (Object.is(recorded, ours)) return [];
    const isText = typeof recorded === 'string' && typeof ours === 'string' && recorded.includes('\n');
    return isText ? this.#lines(recorded, ours, path) : [{ path, recorded, ours }];
  }

  /** Texts of several lines differ in lines, so that one known difference does not hide others. */
  #lines(recorded: string, ours: string, path: string): readonly Difference[] {
    const [theirs, own] = [recorded.split('\n'), ours.split('\n')];
    if (theirs.length !== own.length) return [{ path, recorded, ours }];
    return theirs.flatMap((line, index) =>
      this.#fits(line, own[index])
        ? []
        : [{ path: `${path}:${index + 1}`, recorded: line, ours: own[index] }],
    );
  }

  #fits(recorded: string, ours: Json | undefined): boolean {
    if (typeof ours !== 'string') return false;
    if (recorded === '<time>') return TIME.test(ours);
    if (recorded === '<cookie>') return true;
    if (/^<id-\d+>$/.test(recorded)) {
      const known = this.#ids.get(recorded);
      if (known === undefined) this.#ids.set(recorded, ours);
      return ours !== '' && (known ?? ours) === ours;
    }
    if (/<(?:port|id-\d+)>/.test(recorded)) {
      const pattern = recorded
        .replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
        .replaceAll('<port>', String.raw`\d+`)
        .replaceAll(/<id-\d+>/g, '[0-9A-Za-z-]+');
      return new RegExp(`^${pattern}$`).test(ours);
    }
    return recorded === ours;
  }

  #maps(recorded: JsonMap, ours: JsonMap, path: string): readonly Difference[] {
    const keys = [...new Set([...Object.keys(recorded), ...Object.keys(ours)])];
    return keys
      .filter(
        (key) => key !== 'x-trimmed' && key !== 'x-ids' && !(key === 'hash' && hangsOnIds(path, recorded)),
      )
      .flatMap((key) => {
        const own = path === '' ? key : `${path}.${key}`;
        const found = this.differences(recorded[key], ours[key], own);
        const isTrimmed = isMap(recorded['x-trimmed']) && key in recorded['x-trimmed'];
        return isTrimmed ? found.filter((difference) => difference.recorded !== undefined) : found;
      });
  }

  #lists(recorded: readonly Json[], ours: readonly Json[], path: string): readonly Difference[] {
    if (!UNORDERED.has(path)) {
      const length = Math.max(recorded.length, ours.length);
      return Array.from({ length }, (_, index) => index).flatMap((index) =>
        this.differences(recorded[index], ours[index], `${path}[${index}]`),
      );
    }
    const byName = new Map(ours.map((item) => [nameOf(item), item]));
    const missing = recorded.flatMap((item) => {
      const name = nameOf(item);
      const found = byName.get(name);
      byName.delete(name);
      return this.differences(item, found, `${path}[${name}]`);
    });
    const added = [...byName].map(([name, item]) => ({
      path: `${path}[${name}]`,
      recorded: undefined,
      ours: item,
    }));
    return [...missing, ...added];
  }
}

/** The hash of a spec with made ids is another one at each run; `recorded` is the metadata it stands in. */
function hangsOnIds(path: string, recorded: JsonMap): boolean {
  return path.endsWith('metadata') && recorded['x-ids'] === true;
}

/** Marks metadata of resources whose spec holds made ids, before they are compared. */
export function marked(value: Json): Json {
  if (isList(value)) return value.map(marked);
  if (!isMap(value)) return value;
  const { metadata, spec } = value;
  const entries = Object.entries(value).map(([key, member]): [string, Json] => [key, marked(member)]);
  const own = Object.fromEntries(entries);
  if (!isMap(metadata) || spec === undefined || !JSON.stringify(spec).includes('"<id-')) return own;
  return { ...own, metadata: { ...metadata, 'x-ids': true } };
}

function nameOf(item: Json): string {
  if (!isMap(item)) return '';
  const { metadata, name } = item;
  const own = isMap(metadata) ? metadata['name'] : name;
  return typeof own === 'string' ? own : '';
}
