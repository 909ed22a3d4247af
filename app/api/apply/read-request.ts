import { resourceFromJson } from '../../../src/core/bindplane/read.ts';
import type { Kind, Resource } from '../../../src/core/bindplane/resource.ts';
import { KINDS } from '../../../src/core/bindplane/resource.ts';
import { decodeProblems } from '../../../src/core/bindplane/shape.ts';
import type { Json, JsonMap } from '../../../src/core/document/node.ts';
import { isList, isMap } from '../../../src/core/document/node.ts';
import { textOf } from '../json.ts';
import { Problem } from '../problem.ts';

/** A resource as it was sent, and what of it means nothing: keys beside `spec`, and unknown ones of `metadata`. */
export interface Requested {
  readonly resource: Resource;
  readonly ignored: readonly string[];
}

const KEYS = ['apiVersion', 'kind', 'metadata', 'spec', 'status'];
const METADATA_KEYS = [
  'id',
  'name',
  'displayName',
  'description',
  'icon',
  'labels',
  'hash',
  'version',
  'dateModified',
  'deprecated',
  'additionalInfo',
  'resourceDocLink',
  'stability',
];

/**
 * Reads all resources of a request strictly: an unknown kind, an unknown key in a spec, or a value of the wrong JSON type,
 * in any of them refuses the whole request (Problem 400, which names the resource), and nothing is applied. Names and
 * values are not judged here; a resource without a name comes with the empty one.
 */
export function readRequest(resources: readonly JsonMap[]): readonly Requested[] {
  const read = resources.map((document) => ({ kind: kindOf(document), ...withoutUnknown(document) }));
  const problems = read.flatMap(({ kind, document }) => {
    const found = decodeProblems(kind, lenient(document));
    if (found.length === 0) return [];
    const listed = found.map((problem) => `* ${problem}`).join('\n');
    const subject = `${kind} ${nameOf(document) || '(no name)'}`;
    return [`${subject}: failed to decode definition: ${found.length} error(s) decoding:\n\n${listed}`];
  });
  if (problems.length > 0) throw new Problem(400, problems.join('\n'));
  return read.map(({ kind, document, ignored }) => ({
    resource: resourceOfRequest(kind, document),
    ignored,
  }));
}

/** Keys outside of the spec are no reason to refuse: newer clients have more of them. They are told, not lost. */
function withoutUnknown(document: JsonMap): {
  readonly document: JsonMap;
  readonly ignored: readonly string[];
} {
  const kept = pick(document, KEYS);
  const { metadata } = kept;
  const known = isMap(metadata) ? pick(metadata, METADATA_KEYS) : metadata;
  const ignored = [
    ...Object.keys(document)
      .filter((key) => !KEYS.includes(key))
      .map((key) => `ignoring ${key} beside spec`),
    ...(isMap(metadata) ? Object.keys(metadata) : [])
      .filter((key) => !METADATA_KEYS.includes(key))
      .map((key) => `ignoring metadata.${key}`),
  ];
  return { document: known === undefined ? kept : { ...kept, metadata: known }, ignored };
}

function pick(map: JsonMap, keys: readonly string[]): JsonMap {
  return Object.fromEntries(Object.entries(map).filter(([key]) => keys.includes(key)));
}

function kindOf(document: JsonMap): Kind {
  const found = KINDS.find((known) => known === document['kind']);
  if (found === undefined) throw new Problem(400, `unknown resource kind: ${textOf(document['kind'])}`);
  const apiVersion = textOf(document['apiVersion']);
  if (!/^(?:bindplane\.observiq\.com\/v(?:1|1alpha|1beta|2|2beta))?$/.test(apiVersion)) {
    throw new Problem(400, `unknown apiVersion: ${apiVersion} (${found} ${nameOf(document)})`);
  }
  return found;
}

/** Go's decoder takes null for "not given" everywhere, and `status` is never read (reference/bindplane.md §1.1). */
function lenient(document: JsonMap): JsonMap {
  const { status: _status, ...rest } = document;
  const cleaned = withoutNulls(rest);
  return isMap(cleaned) ? cleaned : {};
}

function withoutNulls(value: Json): Json {
  if (isList(value)) return value.map(withoutNulls);
  if (!isMap(value)) return value;
  const members = Object.entries(value).filter(([key, member]) => member !== null || key === 'value');
  return Object.fromEntries(members.map(([key, member]): [string, Json] => [key, withoutNulls(member)]));
}

function nameOf(document: JsonMap): string {
  return isMap(document['metadata']) ? textOf(document['metadata']['name']) : '';
}

const NAMELESS = 'no-name';

function resourceOfRequest(kind: Kind, document: JsonMap): Resource {
  const { status: _status, ...rest } = document;
  const metadata = isMap(rest['metadata']) ? rest['metadata'] : {};
  const name = nameOf(document);
  const apiVersion = textOf(rest['apiVersion']) || 'bindplane.observiq.com/v1';
  const resource = resourceFromJson({
    ...rest,
    apiVersion,
    metadata: { ...metadata, name: name || NAMELESS },
  });
  if (resource === undefined) throw new Problem(400, `${kind} without metadata.name`);
  return name === '' ? { ...resource, name, key: `${kind}/`, metadata: { ...metadata, name } } : resource;
}
