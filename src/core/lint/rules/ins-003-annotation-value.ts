import type { Finding } from '../../document/finding.ts';
import type { MapEntry } from '../../document/node.ts';
import { annotatedObjects, injectedLanguage } from '../injections.ts';
import type { Texts } from '../edits.ts';
import { lineOf } from '../edits.ts';
import type { Rule } from '../rule.ts';

export const annotationValueRule: Rule = {
  id: 'INS-003',
  severity: 'error',
  summary:
    'A value of an `inject-…` annotation that is neither `"true"`, `"false"` nor the name of an Instrumentation',
  docs: 'Annotations are texts: the API server refuses `true` without quotes. Other texts are taken for the name of an `Instrumentation` in the namespace, or `namespace/name`.',
  check: (input) =>
    annotatedObjects(input).flatMap(({ annotations }) =>
      annotations
        .filter(({ key }) => injectedLanguage(key) !== undefined)
        .flatMap((annotation) => mistake(annotation, input.head.repository.texts)),
    ),
};

const NAME = /^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/)?[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/;

function mistake({ key, value, keyAt }: MapEntry, texts: Texts): readonly Finding[] {
  const found = (message: string): Finding => ({
    rule: annotationValueRule.id,
    severity: 'error',
    message,
    at: value.kind === 'scalar' ? value.at : keyAt,
  });
  if (value.kind !== 'scalar' || value.value === null) {
    return [
      found(
        `the value of \`${key}\` must be a text: \`"true"\`, \`"false"\` or the name of an Instrumentation`,
      ),
    ];
  }
  if (typeof value.value !== 'string') {
    const text = lineOf(value.at, texts).slice(value.at.column - 1, value.at.endColumn - 1);
    const fixes = [
      { title: `write \`"${text}"\``, at: value.at, edits: [{ at: value.at, text: `"${text}"` }] },
    ];
    return [
      {
        ...found(
          `the value of \`${key}\` is a ${typeof value.value}, and annotations are texts: the API server refuses it`,
        ),
        fixes,
      },
    ];
  }
  const text = value.value;
  // Templates of Helm and of other tools are somebody else's to fill in.
  if (text === '' || /^(?:true|false)$/i.test(text) || NAME.test(text) || /[{$]/.test(text)) return [];
  return [
    found(
      `\`${text}\` is no value of \`${key}\`: it must be \`"true"\`, \`"false"\`, or an Instrumentation as \`name\` or \`namespace/name\``,
    ),
  ];
}
