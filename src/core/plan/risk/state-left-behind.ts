import { pipelinesOf } from '../../collector/pipelines.ts';
import { writtenId } from '../../diff/component-changes.ts';
import { bodiesOf } from '../../diff/config-model.ts';
import type { ConfigModel } from '../../diff/config-model.ts';
import { compareText } from '../../document/finding.ts';
import { isMap } from '../../document/node.ts';
import { queuesOnDisk } from './queue-storage-removed.ts';
import { names, reason } from './subject.ts';
import type { RiskReason } from './plan-risk.ts';
import type { RiskMember, RiskSubject } from './subject.ts';

const rule = 'RSK-012';

/**
 * A storage extension keeps what a component gives it under the component's id, so that under another one, or in another folder, it finds
 * nothing (contrib `extension/storage/filestorage`: one file for each kind, type and name).
 */
export const stateLeftBehind: RiskMember = {
  id: rule,
  summary: 'Offsets or queues on disk stand under a name or in a folder that is no longer used',
  check: (subject) => (subject.isNew ? [] : [...renamed(subject), ...movedStores(subject)]),
};

function renamed(subject: RiskSubject): readonly RiskReason[] {
  const { before, after } = subject.comparison;
  const pipelines = pipelinesOf(after.tree);
  const told = (
    cls: 'receivers' | 'exporters',
    stored: readonly (readonly [string, string])[],
    words: string,
  ): readonly RiskReason[] =>
    stored.flatMap(([id]) => {
      const [was, is] = [writtenId(before, cls, id), writtenId(after, cls, id)];
      const runs = pipelines.some((pipeline) => pipeline[cls].includes(id));
      if (was === undefined || is === undefined || was === is || !runs) return [];
      const message = `\`${is}\` ${words} \`${was}\``;
      return [reason(subject, { rule, level: 'medium', message }, { class: cls, id })];
    });
  return [
    ...told(
      'receivers',
      offsets(before),
      'starts where `start_at` says and not where it was: its offsets are kept under',
    ),
    ...told('exporters', queuesOnDisk(before), 'does not send what waits on disk under'),
  ];
}

function offsets(model: ConfigModel): readonly (readonly [string, string])[] {
  return [...bodiesOf(model, 'receivers')].flatMap(([id, body]): readonly (readonly [string, string])[] => {
    const storage = isMap(body) ? body['storage'] : undefined;
    return typeof storage === 'string' ? [[id, storage]] : [];
  });
}

/** Components that go on under their ids and keep their state in another folder, or none. */
function movedStores(subject: RiskSubject): readonly RiskReason[] {
  const { before, after } = subject.comparison;
  const told = (
    cls: 'receivers' | 'exporters',
    stored: (model: ConfigModel) => readonly (readonly [string, string])[],
    words: string,
  ): readonly RiskReason[] => {
    const now = new Map(stored(after));
    const moved = stored(before)
      .filter(([id, storage]) => {
        const other = now.get(id);
        return other !== undefined && folder(before, storage) !== folder(after, other);
      })
      .map(([id]) => id)
      .sort(compareText);
    const [first] = moved;
    if (first === undefined) return [];
    const message = `${names(moved.map((id) => writtenId(after, cls, id) ?? id))} ${words}: the folder is another one`;
    return [reason(subject, { rule, level: 'medium', message }, { class: cls, id: first })];
  };
  const now = new Map(offsets(after));
  const bodies = bodiesOf(after, 'receivers');
  const forgetful = offsets(before).flatMap(([id]) => {
    if (now.has(id) || !bodies.has(id)) return [];
    const message = `\`${writtenId(after, 'receivers', id) ?? id}\` has no \`storage\` any more: it starts where \`start_at\` says, now and after each restart`;
    return [reason(subject, { rule, level: 'medium', message }, { class: 'receivers', id })];
  });
  return [
    ...forgetful,
    ...told('receivers', offsets, 'starts where `start_at` says and not where it was'),
    ...told('exporters', queuesOnDisk, 'does not send what waits on disk'),
  ];
}

function folder(model: ConfigModel, storage: string): string {
  const body = bodiesOf(model, 'extensions').get(storage);
  const directory = isMap(body) ? body['directory'] : undefined;
  return typeof directory === 'string' ? directory : '';
}
