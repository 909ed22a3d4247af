import { closest } from '../../document/closest.ts';
import type { Finding } from '../../document/finding.ts';
import { annotatedObjects, annotatedWords, instrumentationName, KNOWN_ANNOTATIONS } from '../injections.ts';
import type { AnnotatedObject } from '../injections.ts';
import type { Texts } from '../edits.ts';
import { replaceOnLine } from '../line-edits.ts';
import type { Rule } from '../rule.ts';

export const unknownAnnotationRule: Rule = {
  id: 'INS-001',
  severity: 'error',
  summary: 'An annotation of instrumentation that the operator does not know',
  docs: 'The operator passes over annotations that it does not know, so nothing is injected and nobody is told. Sampler, exporter and service name are no annotations: they belong into the `Instrumentation`, resource attributes into `resource.opentelemetry.io/…`.',
  check: (input) =>
    annotatedObjects(input).flatMap((annotated) => unknown(annotated, input.head.repository.texts)),
};

/** Names that are met in guides and that no operator ever had, with what was meant. */
const MEANT: Readonly<Record<string, string>> = {
  'inject-javaagent': 'inject-java',
  'inject-node': 'inject-nodejs',
  'inject-js': 'inject-nodejs',
  'inject-golang': 'inject-go',
  'inject-csharp': 'inject-dotnet',
  'inject-apache': 'inject-apache-httpd',
  'nginx-container-names': 'inject-nginx-container-names',
  'container-name': 'container-names',
};

/** What is set elsewhere, by words in the names that people try. */
const INSTEAD: readonly (readonly [RegExp, string])[] = [
  [/sampler/, '`spec.sampler` of the Instrumentation says it'],
  [/exporter|endpoint/, '`spec.exporter.endpoint` of the Instrumentation says it'],
  [/propagat/, '`spec.propagators` of the Instrumentation says it'],
  [/service-?name/, '`resource.opentelemetry.io/service.name` says it'],
  [
    /^inject-/,
    'there are `inject-java`, `inject-nodejs`, `inject-python`, `inject-dotnet`, `inject-go`, `inject-apache-httpd`, `inject-nginx` and `inject-sdk`',
  ],
];

function unknown(annotated: AnnotatedObject, texts: Texts): readonly Finding[] {
  return annotated.annotations.flatMap(({ key, keyAt }): readonly Finding[] => {
    const name = instrumentationName(key) ?? '';
    if (KNOWN_ANNOTATIONS.includes(name)) return [];
    const meant = MEANT[name] ?? closest(name, KNOWN_ANNOTATIONS);
    const instead = meant === undefined ? INSTEAD.find(([words]) => words.test(name))?.[1] : undefined;
    const hint =
      meant === undefined ? (instead === undefined ? '' : `; ${instead}`) : `, did you mean \`${meant}\`?`;
    const edits = meant === undefined ? undefined : replaceOnLine(keyAt, name, meant, texts);
    return [
      {
        rule: unknownAnnotationRule.id,
        severity: 'error',
        message: `the operator knows no annotation \`${key}\` (on ${annotatedWords(annotated)})${hint}`,
        at: keyAt,
        ...(meant !== undefined && {
          fixes: [{ title: `write \`${key.replace(name, meant)}\``, at: keyAt, ...(edits && { edits }) }],
        }),
      },
    ];
  });
}
