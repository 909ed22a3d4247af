import type { MapEntry } from '../document/node.ts';
import { annotationsOf, objectsOfKind, POD_TEMPLATES } from './manifest-nodes.ts';
import type { ManifestNode } from './manifest-nodes.ts';
import type { LintInput } from './rule.ts';

/** Who carries annotations for the operator: a namespace, pods (a Pod, or the template of a workload), or a workload itself. */
export interface AnnotatedObject {
  readonly object: ManifestNode;
  readonly on: 'namespace' | 'pods' | 'workload';
  readonly annotations: readonly MapEntry[];
}

const PREFIX = 'instrumentation.opentelemetry.io/';

const LANGUAGES = ['java', 'nodejs', 'python', 'dotnet', 'go', 'apache-httpd', 'sdk'] as const;

/** Every annotation of instrumentation that the operator reads, without its prefix (operator `internal/instrumentation/annotation.go`). */
export const KNOWN_ANNOTATIONS: readonly string[] = [
  ...LANGUAGES.map((language) => `inject-${language}`),
  'inject-nginx',
  'container-names',
  ...LANGUAGES.map((language) => `${language}-container-names`),
  'inject-nginx-container-names',
  'otel-python-platform',
  'otel-dotnet-auto-runtime',
  'otel-go-auto-target-exe',
];

/** The part of an annotation's name behind the prefix of instrumentation; undefined for others. */
export function instrumentationName(key: string): string | undefined {
  return key.startsWith(PREFIX) ? key.slice(PREFIX.length) : undefined;
}

/** The language that an annotation asks for, as it is called there (`java`, `apache-httpd`, `sdk`); undefined for others. */
export function injectedLanguage(key: string): string | undefined {
  const name = instrumentationName(key) ?? '';
  return KNOWN_ANNOTATIONS.includes(name) && !name.endsWith('-container-names')
    ? /^inject-(.+)$/.exec(name)?.[1]
    : undefined;
}

/** Five rules ask for them. */
const known = new WeakMap<LintInput, readonly AnnotatedObject[]>();

/** Everything in the manifests that carries annotations of instrumentation. */
export function annotatedObjects(input: LintInput): readonly AnnotatedObject[] {
  const annotated = known.get(input) ?? findAnnotated(input);
  known.set(input, annotated);
  return annotated;
}

function findAnnotated(input: LintInput): readonly AnnotatedObject[] {
  const objects = objectsOfKind(input, ['Namespace', ...Object.keys(POD_TEMPLATES)]);
  return objects.flatMap((object): readonly AnnotatedObject[] => {
    const own = ofInstrumentation(annotationsOf(object.node));
    if (object.kind === 'Namespace') return found(object, 'namespace', own);
    const template = POD_TEMPLATES[object.kind] ?? [];
    return template.length === 0
      ? found(object, 'pods', own)
      : [
          ...found(object, 'workload', own),
          ...found(object, 'pods', ofInstrumentation(annotationsOf(object.node, template))),
        ];
  });
}

function ofInstrumentation(annotations: readonly MapEntry[]): readonly MapEntry[] {
  return annotations.filter(({ key }) => instrumentationName(key) !== undefined);
}

function found(
  object: ManifestNode,
  on: AnnotatedObject['on'],
  annotations: readonly MapEntry[],
): readonly AnnotatedObject[] {
  return annotations.length === 0 ? [] : [{ object, on, annotations }];
}

/** `the pods of Deployment shop`, `Namespace shop`, `Pod shop`. */
export function annotatedWords({ object, on }: AnnotatedObject): string {
  const own = `${object.kind} \`${object.name}\``;
  return on === 'pods' && object.kind !== 'Pod' ? `the pods of ${own}` : own;
}
