import { isList, isMap } from '../../document/node.ts';
import type { Json } from '../../document/node.ts';
import { componentsOf, isUsed } from '../pipelines.ts';
import type { Component } from '../pipelines.ts';
import { extended } from './draft.ts';
import type { Draft, TrialContext, TrialStep } from './draft.ts';
import { valueAt, withoutKey, withValue } from './edit.ts';

/** A key whose value names something on the agent's disk, and what a trial has in its place. */
interface DiskKey {
  readonly class: Component['class'];
  /** Without underscores; `*` is every type. */
  readonly type: string;
  readonly key: readonly string[];
  /** A folder of the trial's own that is there, a file of its own that is not, or nothing at all. */
  readonly instead: 'folder' | 'no files' | 'nothing';
}

/** What `validate` looks for on the disk: without these it would speak of this machine's (reference/collector.md §1.4). */
const LOOKED_FOR: readonly DiskKey[] = [
  { class: 'extensions', type: 'filestorage', key: ['directory'], instead: 'folder' },
  { class: 'extensions', type: 'filestorage', key: ['compaction', 'directory'], instead: 'folder' },
  { class: 'receivers', type: 'hostmetrics', key: ['root_path'], instead: 'nothing' },
  // Files that are read while the config is.
  { class: 'receivers', type: 'prometheus', key: ['config', 'scrape_config_files'], instead: 'nothing' },
];

/** What a start opens besides. */
const OPENED: readonly DiskKey[] = [
  { class: 'receivers', type: 'filelog', key: ['include'], instead: 'no files' },
  { class: 'extensions', type: 'pprof', key: ['save_to_file'], instead: 'nothing' },
];

/** Keys of a receiver's or extension's `tls` that name files. */
const TLS_FILES = ['ca_file', 'cert_file', 'key_file', 'client_ca_file'];

/** Folders that `validate` wants to be there are the trial's own. */
export const lookedFor: TrialStep = {
  name: 'looked for',
  apply: (draft, context) => withKeys(draft, context, LOOKED_FOR),
};

/** Files of the agent are not opened: there are none here, and those that are here are nobody's business. */
export const files: TrialStep = {
  name: 'files',
  apply: (draft, context) => withoutTlsFiles(withKeys(draft, context, OPENED)),
};

function withKeys(draft: Draft, { folder }: TrialContext, keys: readonly DiskKey[]): Draft {
  let current = draft;
  for (const { class: section, id, type } of componentsOf(draft.tree)) {
    const plain = type.replaceAll('_', '');
    for (const wanted of keys) {
      if (wanted.class !== section || wanted.type !== plain) continue;
      const path = [section, id, ...wanted.key];
      const value = valueAt(current.tree, path);
      if (value === undefined || value === null) continue;
      current = replacedOnDisk(current, path, value, wanted.instead, folder);
    }
  }
  return current;
}

function replacedOnDisk(
  draft: Draft,
  path: readonly string[],
  value: Json,
  instead: DiskKey['instead'],
  folder: string,
): Draft {
  const was = typeof value === 'string' ? { was: value } : {};
  if (instead === 'nothing') {
    const changes = [{ path, what: 'left out: it names a place on the agent’s disk', ...was }];
    return extended(draft, { tree: withoutKey(draft.tree, path), changes });
  }
  if (instead === 'no files') {
    // A value of another kind is the collector's to refuse.
    if (!isList(value)) return draft;
    const tree = withValue(draft.tree, path, [`${folder}/none.log`]);
    return extended(draft, { tree, changes: [{ path, what: 'a file that is not there instead' }] });
  }
  if (typeof value !== 'string') return draft;
  const own = `${folder}/folder-${draft.folders.length + 1}`;
  return extended(draft, {
    tree: withValue(draft.tree, path, own),
    changes: [{ path, what: 'an empty folder of the trial’s own instead', ...was }],
    words: [{ trial: own, original: value }],
    folders: [own],
  });
}

/** A server's certificate lies on the agent; without it the socket opens without TLS. */
function withoutTlsFiles(draft: Draft): Draft {
  let current = draft;
  for (const { class: section, id, body } of componentsOf(draft.tree)) {
    if (section === 'exporters' || !isUsed(draft.tree, section, id)) continue;
    for (const path of tlsBlocks(body, [section, id])) {
      current = extended(current, {
        tree: withoutKey(current.tree, path),
        changes: [{ path, what: 'left out: its certificates lie on the agent’s disk' }],
      });
    }
  }
  return current;
}

function* tlsBlocks(value: Json, path: readonly string[]): Generator<readonly string[]> {
  if (isList(value)) {
    for (const [index, item] of value.entries()) yield* tlsBlocks(item, [...path, String(index)]);
  }
  if (!isMap(value)) return;
  for (const [key, item] of Object.entries(value)) {
    const namesFiles =
      key === 'tls' && isMap(item) && TLS_FILES.some((file) => typeof item[file] === 'string');
    if (namesFiles) yield [...path, key];
    else yield* tlsBlocks(item, [...path, key]);
  }
}
