import type { Json } from '../../document/node.ts';
import { isAnyAddress, parseEndpoint } from '../endpoint.ts';
import { listenersOf } from '../listeners.ts';
import type { Listener } from '../listeners.ts';
import { isAtLeast } from '../version.ts';
import { extended } from './draft.ts';
import type { Draft, TrialChange, TrialContext, TrialStep, TrialWord } from './draft.ts';
import { withValue } from './edit.ts';

export const LOOPBACK = '127.0.0.1';

/** Since then, own metrics are opened to readers by `readers`; `address` is gone in 0.136 (core `service/telemetry`). */
const READERS_SINCE = '0.111.0';

/** The system picks a free port. */
const ANY_PORT = 0;

/** Port of the first sockets that get in each other's way: whether it is free makes no difference, the second is refused. */
const FIRST_SHARED_PORT = 42_317;

/**
 * Every socket moves to a free port of loopback. Those that would get in each other's way as the config has them share a port, so that the
 * collector still says so; an address that no collector could open stays for it to say that.
 */
export const listeners: TrialStep = { name: 'listeners', apply };

/** The sockets that move. */
function movable({ tree }: Draft, { catalogue, capabilities }: TrialContext): readonly Listener[] {
  const found = listenersOf(tree, {
    version: capabilities.version,
    variables: new Map(),
    canonicalType: (componentClass, type) => catalogue.canonicalType(componentClass, type),
  });
  return found.filter(
    ({ component, written, text, host, port }) =>
      component.class !== 'exporters' &&
      // What a step before this one has put there.
      !(host === LOOPBACK && port === ANY_PORT) &&
      (!written || text === undefined || canMove(text)),
  );
}

/** `host:port` with a port that there may be; or what only the environment knows. */
function canMove(text: string): boolean {
  if (text.includes('${')) return true;
  const { port, scheme, path } = parseEndpoint(text);
  return port !== undefined && port < 65_536 && scheme === undefined && path === '';
}

function apply(draft: Draft, context: TrialContext): Draft {
  const found = movable(draft, context);
  const ports = portsOf(found);
  let { tree } = draft;
  const changes: TrialChange[] = [];
  const words: TrialWord[] = [];
  for (const [index, listener] of found.entries()) {
    const port = ports[index] ?? ANY_PORT;
    const moved = movedTo(listener, port, context.capabilities.version);
    tree = withValue(tree, moved.path, moved.value);
    const was = addressOf(listener);
    changes.push({
      path: listener.written ? listener.path : moved.path,
      what: 'moved to loopback',
      ...(was !== undefined && { was }),
    });
    if (was !== undefined && port !== ANY_PORT) words.push({ trial: `${LOOPBACK}:${port}`, original: was });
  }
  return extended(draft, { tree, changes, words });
}

/** For each socket the port that it moves to. */
function portsOf(found: readonly Listener[]): readonly number[] {
  const groups: number[] = [];
  for (const [index, listener] of found.entries()) {
    const first = found.slice(0, index).findIndex((other) => clash(listener, other));
    groups.push(first < 0 ? index : (groups[first] ?? index));
  }
  return groups.map((group, index) => {
    const isShared = groups.some((other, position) => other === group && position !== index);
    return isShared ? FIRST_SHARED_PORT + group : ANY_PORT;
  });
}

function clash(a: Listener, b: Listener): boolean {
  const { port } = a;
  if (port === undefined || port === ANY_PORT || port !== b.port || a.protocol !== b.protocol) return false;
  const [first, second] = [hostOf(a), hostOf(b)];
  return first === second || isAnyAddress(first) || isAnyAddress(second);
}

function hostOf({ host, text }: Listener): string {
  if (host === 'localhost') return LOOPBACK;
  // A variable for the host is the same for all that name it.
  return host ?? text ?? '';
}

function addressOf({ text, host, port }: Listener): string | undefined {
  if (text !== undefined) return text;
  return port === undefined ? undefined : `${host ?? ''}:${port}`;
}

function movedTo(
  { component, path, written }: Listener,
  port: number,
  version: string,
): { readonly path: readonly string[]; readonly value: Json } {
  if (component.class !== 'service') return { path, value: `${LOOPBACK}:${port}` };
  const reader = { host: LOOPBACK, port };
  if (!written) {
    return isAtLeast(version, READERS_SINCE)
      ? { path: [...path, 'readers'], value: [{ pull: { exporter: { prometheus: reader } } }] }
      : { path: [...path, 'address'], value: `${LOOPBACK}:${port}` };
  }
  return path.at(-1) === 'address'
    ? { path, value: `${LOOPBACK}:${port}` }
    : { path: path.slice(0, -1), value: reader };
}
