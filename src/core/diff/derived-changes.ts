import { pipelinesOf } from '../collector/pipelines.ts';
import { canonicalJson } from '../document/digest.ts';
import { compareText } from '../document/finding.ts';
import { writtenId } from './component-changes.ts';
import { bodiesOf } from './config-model.ts';
import type { ConfigModel } from './config-model.ts';
import { addressesOf, isDestination } from './destinations.ts';
import { listenersOf } from './listeners.ts';
import type { Listener } from './listeners.ts';
import { samplingOf } from './sampling.ts';
import type { DestinationChange, ListenerChange, SamplingChange } from './semantic-change.ts';

/** Addresses at which components that run take connections, where they differ. */
export function listenerChanges(before: ConfigModel, after: ConfigModel): readonly ListenerChange[] {
  const [old, young] = [before, after].map(
    (model) => new Map(listenersOf(model).map((one) => [listenerKey(one), one])),
  );
  return pairs(old ?? new Map(), young ?? new Map()).flatMap(([was, is]): readonly ListenerChange[] => {
    const one = is ?? was;
    if (one === undefined || was?.address === is?.address) return [];
    const { class: cls, id, slot } = one;
    return [
      {
        kind: 'listener',
        action: actionOf(was, is, 'moved'),
        class: cls,
        id: writtenId(is === undefined ? before : after, cls, id) ?? id,
        slot,
        ...(was && { before: was.address }),
        ...(is && { after: is.address }),
      },
    ];
  });
}

/** What a listener is told apart by, whatever its address. */
export function listenerKey({ class: cls, id, slot }: Pick<Listener, 'class' | 'id' | 'slot'>): string {
  return `${cls}\n${id}\n${slot}`;
}

/** Exporters that run and whose addresses differ. */
export function destinationChanges(before: ConfigModel, after: ConfigModel): readonly DestinationChange[] {
  const ids = [destinationsOf(before), destinationsOf(after)] as const;
  return pairs(...ids).flatMap(([was, is], index): readonly DestinationChange[] => {
    if (canonicalJson(was ?? null) === canonicalJson(is ?? null)) return [];
    const id = keysOf(...ids)[index] ?? '';
    return [
      {
        kind: 'destination',
        action: actionOf(was, is, 'moved'),
        id: writtenId(is === undefined ? before : after, 'exporters', id) ?? id,
        ...(was && { before: was }),
        ...(is && { after: is }),
      },
    ];
  });
}

/** Addresses of the exporters that pipelines send to, by id. */
export function destinationsOf(model: ConfigModel): ReadonlyMap<string, readonly string[]> {
  const running = new Set(pipelinesOf(model.tree).flatMap(({ exporters }) => exporters));
  return new Map(
    [...bodiesOf(model, 'exporters')]
      .filter(([id]) => running.has(id) && isDestination(id))
      .map(([id, body]) => [id, addressesOf(body)]),
  );
}

/** What sampling processors that run keep, where it differs. */
export function samplingChanges(before: ConfigModel, after: ConfigModel): readonly SamplingChange[] {
  const [old, young] = [before, after].map((model) => new Map(samplingOf(model).map((one) => [one.id, one])));
  return pairs(old ?? new Map(), young ?? new Map()).flatMap(([was, is]): readonly SamplingChange[] => {
    const one = is ?? was;
    if (one === undefined || was?.digest === is?.digest) return [];
    return [
      {
        kind: 'sampling',
        action: actionOf(was, is, 'changed'),
        id: writtenId(is === undefined ? before : after, 'processors', one.id) ?? one.id,
        ...(was && { before: was.keeps }),
        ...(is && { after: is.keeps }),
      },
    ];
  });
}

function actionOf<Both extends string>(was: unknown, is: unknown, both: Both): 'added' | 'removed' | Both {
  return was === undefined ? 'added' : is === undefined ? 'removed' : both;
}

function keysOf<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].sort(compareText);
}

function pairs<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
): readonly (readonly [T | undefined, T | undefined])[] {
  return keysOf(before, after).map((key) => [before.get(key), after.get(key)]);
}
