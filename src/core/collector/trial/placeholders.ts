import type { Json, JsonMap } from '../../document/node.ts';
import type { ComponentCatalogue } from '../catalogue.ts';
import { componentType } from '../component-id.ts';
import { textsIn } from './edit.ts';
import { neededVariables } from './references.ts';

/** A variable that a config names, what it is filled with, and where it is used. */
export interface Placeholder {
  readonly name: string;
  readonly value: string;
  readonly paths: readonly (readonly string[])[];
}

/** Tried in this order where a variable is a whole value: the first one that the key takes. */
const CANDIDATES = ['placeholder', '1s', '1', 'true', 'info'];

/**
 * Values for the environment variables that a config needs; never those of this machine, which may be secrets. Where a variable is a value of its
 * own, it gets one that the key takes as far as the catalogue knows.
 */
export function placeholdersOf(
  tree: JsonMap,
  catalogue: ComponentCatalogue,
  version: string,
): readonly Placeholder[] {
  const uses = new Map<string, { path: readonly string[]; whole: boolean }[]>();
  for (const { path, text } of textsIn(tree)) {
    for (const name of neededVariables(text)) {
      const whole = /^\$\{[^}]*\}$/.test(text);
      uses.set(name, [...(uses.get(name) ?? []), { path, whole }]);
    }
  }
  return [...uses].map(([name, places]) => {
    const values = places.map((place) => valueFor(name, place, catalogue, version));
    // Where one variable fills several values, the one that is hardest to please decides.
    const value = values.find((one) => one !== CANDIDATES[0]) ?? CANDIDATES[0] ?? '';
    return { name, value, paths: places.map(({ path }) => path) };
  });
}

/** What a value is filled with that is a reference, alone or among other text, to something that a trial does not read. */
export function placeholderFor(
  text: string,
  path: readonly string[],
  catalogue: ComponentCatalogue,
  version: string,
): Json {
  const whole = /^\$\{[^}]*\}$/.test(text);
  return whole ? typed(valueFor('', { path, whole }, catalogue, version)) : (CANDIDATES[0] ?? '');
}

function valueFor(
  name: string,
  { path, whole }: { readonly path: readonly string[]; readonly whole: boolean },
  catalogue: ComponentCatalogue,
  version: string,
): string {
  const key = path.findLast((step) => !/^\d+$/.test(step)) ?? '';
  if (!whole) return partFor(name);
  if (key === 'level' && path[0] === 'service') return levelOf(path);
  if (key === 'port' && path[0] === 'service') return '8888';
  if (/(?:^|_)(?:endpoint|url|uri|address)$/.test(key)) return addressFor(path);
  for (const candidate of CANDIDATES) {
    const verdict = catalogue.value(path, typed(candidate), version);
    if (verdict.verdict !== 'refuses') return candidate;
    const [word] = verdict.words ?? [];
    if (word !== undefined) return word;
  }
  return CANDIDATES[0] ?? '';
}

/** A part of a longer text, which is an address more often than anything else. */
function partFor(name: string): string {
  if (/PORT$/i.test(name)) return '4317';
  return /(?:^|_)(?:IP|HOST)$/i.test(name) ? '127.0.0.1' : 'placeholder';
}

/** Own metrics have levels of other names than own logs. */
function levelOf(path: readonly string[]): string {
  return path.includes('metrics') ? 'normal' : 'info';
}

/** Senders take an address with a scheme, gRPC ones too; listeners take none. */
function addressFor([section, id = '']: readonly string[]): string {
  const isServer = section === 'receivers' || section === 'extensions';
  const asks = isServer && /kubelet|prometheus|elasticsearch|nginx|apache|httpcheck/.test(componentType(id));
  return isServer && !asks ? '127.0.0.1:4317' : 'http://127.0.0.1:4317';
}

/** As the collector reads the value of a variable: as YAML. */
function typed(text: string): Json {
  if (text === 'true') return true;
  return /^\d+$/.test(text) ? Number(text) : text;
}
