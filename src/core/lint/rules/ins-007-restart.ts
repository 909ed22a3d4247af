import { canonicalJson } from '../../document/digest.ts';
import { compareText } from '../../document/finding.ts';
import type { Finding, SourceRange } from '../../document/finding.ts';
import { at, plain } from '../../document/node.ts';
import type { MapEntry, Node } from '../../document/node.ts';
import { annotatedObjects, annotatedWords, injectedLanguage } from '../injections.ts';
import type { AnnotatedObject } from '../injections.ts';
import { objectsOfKind, POD_TEMPLATES } from '../manifest-nodes.ts';
import type { ManifestNode } from '../manifest-nodes.ts';
import type { LintInput, Rule } from '../rule.ts';

export const restartRule: Rule = {
  id: 'INS-007',
  severity: 'notice',
  summary: 'A change of instrumentation that pods get only when they are made anew',
  docs: 'The operator injects when a pod is made. A changed Instrumentation, or a changed annotation on a namespace, reaches nobody who runs: restart the workloads (`kubectl rollout restart`). Told with those in the files whom it concerns. An annotation of a pod’s own wins over that of its namespace, and a change in a pod template restarts by itself.',
  check: (input) => {
    const { base } = input;
    if (base === undefined) return [];
    const before: LintInput = { ...input, head: base };
    return [...changedInstrumentations(input, before), ...changedNamespaces(input, before)];
  },
};

function instrumentations(input: LintInput): readonly ManifestNode[] {
  return objectsOfKind(input, ['Instrumentation']).filter(({ apiVersion }) =>
    apiVersion.startsWith('opentelemetry.io/'),
  );
}

function changedInstrumentations(input: LintInput, before: LintInput): readonly Finding[] {
  const old = new Map(instrumentations(before).map((one) => [idOf(one), textOf(one.node)]));
  const all = instrumentations(input);
  return all.flatMap((one): readonly Finding[] => {
    const known = old.get(idOf(one));
    if (known === undefined || known === textOf(one.node)) return [];
    const users = annotatedObjects(input).filter(
      ({ annotations, object, on }) =>
        on !== 'workload' &&
        annotations.some(
          ({ key, value }) => injectedLanguage(key) !== undefined && leadsTo(value, object, on, one),
        ),
    );
    if (users.length === 0) return [];
    const words = users.map(annotatedWords).toSorted(compareText);
    return [
      notice(
        `Instrumentation \`${one.name}\` changes for ${listed(words)}: pods that run keep what was injected until they are made anew`,
        at(one.node, 'spec')?.at ?? one.at,
        users,
      ),
    ];
  });
}

function changedNamespaces(input: LintInput, before: LintInput): readonly Finding[] {
  const valueOf = (entry: MapEntry): string => canonicalJson(plain(entry.value));
  const old = new Map(
    annotatedObjects(before).flatMap(({ object, on, annotations }) =>
      on === 'namespace'
        ? annotations.map((one) => [`${object.name} ${one.key}`, valueOf(one)] as const)
        : [],
    ),
  );
  const known = new Set(objectsOfKind(before, ['Namespace']).map(({ name }) => name));
  return annotatedObjects(input).flatMap(({ object, on, annotations }) =>
    on !== 'namespace' || !known.has(object.name)
      ? []
      : annotations.flatMap((annotation): readonly Finding[] => {
          const isChanged = old.get(`${object.name} ${annotation.key}`) !== valueOf(annotation);
          if (injectedLanguage(annotation.key) === undefined || !isChanged) return [];
          const { inheriting, overriding } = podsIn(object.name, annotation.key, input);
          if (inheriting.length === 0) return [];
          const kept =
            overriding.length === 0
              ? ''
              : `; ${listed(overriding)} ${overriding.length === 1 ? 'has' : 'have'} one of their own, which wins`;
          return [
            notice(
              `\`${annotation.key}\` of Namespace \`${object.name}\` reaches ${listed(inheriting)} only when their pods are made anew${kept}`,
              annotation.keyAt,
              [],
            ),
          ];
        }),
  );
}

/** Workloads of a namespace that take its annotation, and those whose pods have the same one. */
function podsIn(
  namespace: string,
  key: string,
  input: LintInput,
): { readonly inheriting: readonly string[]; readonly overriding: readonly string[] } {
  const own = new Set(
    annotatedObjects(input).flatMap(({ object, on, annotations }) =>
      on === 'pods' && annotations.some((one) => one.key === key) ? [object.node] : [],
    ),
  );
  const workloads = objectsOfKind(input, Object.keys(POD_TEMPLATES)).filter(
    (one) => one.placed && one.namespace === namespace && one.kind !== 'Pod',
  );
  const words = (has: boolean): readonly string[] =>
    workloads.flatMap(({ node, kind, name }) => (own.has(node) === has ? [`${kind} \`${name}\``] : []));
  return { inheriting: words(false), overriding: words(true) };
}

/** Whether the value of an annotation means an Instrumentation: `true` the one of the namespace, else a name or `namespace/name`. */
function leadsTo(value: Node, object: ManifestNode, on: AnnotatedObject['on'], one: ManifestNode): boolean {
  const text = value.kind === 'scalar' && typeof value.value === 'string' ? value.value : '';
  const own = on === 'namespace' ? object.name : object.namespace;
  if (/^true$/i.test(text)) return one.namespace === own;
  return text === `${one.namespace}/${one.name}` || (text === one.name && one.namespace === own);
}

function idOf({ namespace, name }: ManifestNode): string {
  return `${namespace}/${name}`;
}

function textOf(node: Node): string {
  return canonicalJson(plain(at(node, 'spec') ?? node));
}

/** How many one sentence names. */
const NAMED = 4;

function listed(words: readonly string[]): string {
  const more = words.length - NAMED;
  return `${words.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function notice(message: string, place: SourceRange, users: readonly AnnotatedObject[]): Finding {
  return {
    rule: restartRule.id,
    severity: 'notice',
    message,
    at: place,
    ...(users.length > 0 && {
      related: users.slice(0, NAMED).map((user) => ({ message: annotatedWords(user), at: user.object.at })),
    }),
  };
}
