import { canonicalJson, sha256 } from '../document/digest.ts';
import { compareText } from '../document/finding.ts';
import type { SourceRange } from '../document/finding.ts';
import { isList, isMap, plain } from '../document/node.ts';
import type { Json, JsonMap } from '../document/node.ts';
import { policiesOf, policyUses, type WrittenPolicy } from '../rollout/policy-file/repository.ts';
import { policyDocument } from '../rollout/policy-file/write.ts';
import type { LoadedRepository } from '../resources/load.ts';
import type { ConfigurationPlan } from './plan.ts';
import type { PolicyChange, PolicyField } from './policy-change.ts';

/** A server's policies as documents, by name. */
export type ServerPolicies = ReadonlyMap<string, JsonMap>;

/**
 * What is to be done with policies: those whose files differ between base and head, and with a server also those that it
 * lacks and that a configuration which is rolled out goes by; of these, what the server has already is left out. A policy
 * that no file of base described is never deleted; one that cannot be read is told as a change without its text.
 */
export function plannedPolicies(
  base: LoadedRepository,
  head: LoadedRepository,
  configurations: readonly ConfigurationPlan[],
  server: ServerPolicies | undefined,
): readonly PolicyChange[] {
  const [before, after] = [documentsOf(base), documentsOf(head)];
  const uses = policyUses(head);
  const needed = configurations.flatMap(({ name, rollout, delivery }) =>
    rollout && delivery === undefined ? (uses.get(name)?.policy ?? []) : [],
  );
  const names = new Set([
    ...[...before.keys(), ...after.keys()].filter((name) => !isSame(before.get(name), after.get(name))),
    ...(server === undefined ? [] : needed.filter((name) => after.has(name) && !server.has(name))),
  ]);
  const unread = unreadPolicies(base, head);
  const unsound = new Set(
    policiesOf(head).flatMap(({ name, spec }) => (spec === undefined ? (name ?? []) : [])),
  );
  const changes = [...names]
    .filter((name) => !unsound.has(name))
    .flatMap((name): readonly PolicyChange[] => {
      const prior = server === undefined ? before.get(name)?.document : server.get(name);
      const written = after.get(name) ?? before.get(name);
      const change = changeOf(prior, after.get(name)?.document);
      if (change === undefined) return [];
      return [{ ...change, name, users: usersOf(name, uses), ...(written && { at: written.at }) }];
    });
  const broken = unread.map(({ name = '', at }): PolicyChange => ({
    action: 'update',
    name,
    fields: [],
    users: usersOf(name, uses),
    at,
    unread: true,
  }));
  return [...changes, ...broken].sort((a, b) => compareText(a.name, b.name));
}

function usersOf(name: string, uses: ReturnType<typeof policyUses>): readonly string[] {
  return [...uses].filter(([, { policy }]) => policy === name).map(([user]) => user);
}

/** Policies of head that cannot be read and that base did not have in the same words. */
function unreadPolicies(base: LoadedRepository, head: LoadedRepository): readonly WrittenPolicy[] {
  const known = new Set(base.policyDocuments.map((root) => canonicalJson(plain(root))));
  const roots = head.policyDocuments;
  return policiesOf(head).filter(
    ({ spec }, index) => spec === undefined && !known.has(canonicalJson(plain(roots[index]))),
  );
}

interface PlacedDocument {
  readonly document: JsonMap;
  readonly at: SourceRange;
}

/** Of two policies of one name the first counts. */
function documentsOf(repository: LoadedRepository): ReadonlyMap<string, PlacedDocument> {
  const sound = policiesOf(repository).flatMap(({ spec, at }): [string, PlacedDocument][] =>
    spec === undefined ? [] : [[spec.name, { document: policyDocument(spec), at }]],
  );
  return new Map(sound.toReversed());
}

function isSame(a: PlacedDocument | undefined, b: PlacedDocument | undefined): boolean {
  return policyDigest(a?.document) === policyDigest(b?.document);
}

/** SHA-256 of a policy's document; empty for none. */
export function policyDigest(document: JsonMap | undefined): string {
  return document === undefined ? '' : sha256(canonicalJson(document));
}

function changeOf(
  before: JsonMap | undefined,
  after: JsonMap | undefined,
): Pick<PolicyChange, 'action' | 'before' | 'after' | 'fields'> | undefined {
  if (before === undefined) return after === undefined ? undefined : { action: 'create', after, fields: [] };
  if (after === undefined) return { action: 'delete', before, fields: [] };
  if (policyDigest(before) === policyDigest(after)) return undefined;
  return { action: 'update', before, after, fields: fieldsBetween(before, after) };
}

function fieldsBetween(before: JsonMap, after: JsonMap): readonly PolicyField[] {
  const [old, young] = [flat(before['spec'] ?? {}), flat(after['spec'] ?? {})];
  return [...new Set([...old.keys(), ...young.keys()])].flatMap((path): readonly PolicyField[] => {
    const [was, is] = [old.get(path), young.get(path)];
    if (was === is) return [];
    return [{ path, ...(was !== undefined && { before: was }), ...(is !== undefined && { after: is }) }];
  });
}

/** Values by their paths: items of lists by their names; a list of what has no names is one value. */
function flat(value: Json, path = ''): ReadonlyMap<string, string> {
  const below = (key: string): string => (path === '' ? key : `${path}.${key}`);
  if (isMap(value)) {
    return new Map(Object.entries(value).flatMap(([key, member]) => [...flat(member, below(key))]));
  }
  if (!isList(value)) return new Map([[path, String(value)]]);
  const names = value.flatMap((item) => nameOf(item) ?? []);
  if (names.length < value.length) return new Map([[path, value.map(wordsOf).join(', ')]]);
  const items = value.flatMap((item, index) => [...flat(item, below(names[index] ?? ''))]);
  return new Map([[path, names.join(', ')], ...items.filter(([key]) => !key.endsWith('.name'))]);
}

function nameOf(item: Json): string | undefined {
  const name = isMap(item) ? item['name'] : undefined;
  return typeof name === 'string' ? name : undefined;
}

/** A window is its days, hours and zone. */
function wordsOf(item: Json): string {
  if (isMap(item)) return Object.values(item).map(wordsOf).join(' ');
  return isList(item) ? item.map(wordsOf).join(', ') : String(item);
}
