import type { Finding } from '../../document/finding.ts';
import type { MapEntry } from '../../document/node.ts';
import { annotatedObjects, injectedLanguage } from '../injections.ts';
import type { AnnotatedObject } from '../injections.ts';
import { didYouMean } from '../config-finding.ts';
import { objectsOfKind } from '../manifest-nodes.ts';
import type { ManifestNode } from '../manifest-nodes.ts';
import type { Rule } from '../rule.ts';

export const missingInstrumentationRule: Rule = {
  id: 'INS-004',
  severity: 'warning',
  summary: 'An annotation that leads to no Instrumentation, or to several',
  docs: '`"true"` means the only `Instrumentation` of the pod’s namespace: with none or with several the operator injects nothing and only its own log says so. A name is looked for in that namespace, `namespace/name` anywhere. Repositories without any `Instrumentation` are not judged.',
  check: (input) => {
    const all = objectsOfKind(input, ['Instrumentation']).filter(({ apiVersion }) =>
      apiVersion.startsWith('opentelemetry.io/'),
    );
    if (all.length === 0) return [];
    return annotatedObjects(input)
      .filter(({ on }) => on !== 'workload')
      .flatMap((annotated) =>
        annotated.annotations
          .filter(({ key }) => injectedLanguage(key) !== undefined)
          .flatMap((annotation) => lost(annotated, annotation, all)),
      );
  },
};

/** Instrumentations that are shown of many. */
const RELATED = 5;

function lost(
  { object, on }: AnnotatedObject,
  { key, value }: MapEntry,
  all: readonly ManifestNode[],
): readonly Finding[] {
  const text = value.kind === 'scalar' && typeof value.value === 'string' ? value.value : '';
  if (text === '' || /^false$/i.test(text) || /[{$]/.test(text)) return [];
  const own = on === 'namespace' ? object.name : object.namespace;
  const isPlaced = on === 'namespace' || object.placed;
  const finding = (message: string, related: readonly ManifestNode[] = []): readonly Finding[] => [
    {
      rule: missingInstrumentationRule.id,
      severity: 'warning',
      message,
      at: value.at,
      ...(related.length > 0 && {
        related: related
          .slice(0, RELATED)
          .map(({ name, at }) => ({ message: `Instrumentation ${name}`, at })),
      }),
    },
  ];
  if (/^true$/i.test(text)) {
    if (!isPlaced) return [];
    const here = all.filter(({ placed, namespace }) => placed && namespace === own);
    const maybe = all.some(({ placed }) => !placed);
    if (here.length > 1) {
      return finding(
        `\`${key}: "true"\` does not say which: namespace \`${own}\` has ${here.length} Instrumentations, and then the operator injects nothing; write a name`,
        here,
      );
    }
    return here.length === 1 || maybe
      ? []
      : finding(
          `\`${key}: "true"\`, and none of the Instrumentations in these files is in namespace \`${own}\``,
          all,
        );
  }
  const slash = text.indexOf('/');
  const name = text.slice(slash + 1);
  const namespace = slash < 0 ? (isPlaced ? own : undefined) : text.slice(0, slash);
  const met = all.some(
    (one) => one.name === name && (namespace === undefined || !one.placed || one.namespace === namespace),
  );
  const names = all.map((one) => one.name);
  return met
    ? []
    : finding(
        `\`${key}: "${text}"\` names an Instrumentation that is not in these files${namespace === undefined ? '' : ` (namespace \`${namespace}\`)`}${didYouMean(name, names)}`,
      );
}
