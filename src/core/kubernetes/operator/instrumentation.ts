import type { SourceRange } from '../../document/finding.ts';
import { at, entriesAt, entry, itemsAt, textAt } from '../../document/node.ts';
import type { Node } from '../../document/node.ts';
import type { Placed } from '../workload.ts';

const LANGUAGES = ['java', 'nodejs', 'python', 'dotnet', 'go', 'apacheHttpd', 'nginx'] as const;

/** What an Instrumentation says for one language. */
export interface LanguageInstrumentation {
  readonly language: (typeof LANGUAGES)[number];
  readonly image?: Placed<string>;
  /** Where this language sends, if its own OTEL_EXPORTER_OTLP_ENDPOINT says it. */
  readonly endpoint?: Placed<string>;
  readonly at: SourceRange;
}

/** A custom resource `Instrumentation`: how the operator instruments the pods that ask for it. */
export interface Instrumentation {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly endpoint?: Placed<string>;
  readonly propagators: readonly Placed<string>[];
  readonly sampler?: Placed<string>;
  readonly samplerArgument?: Placed<string>;
  readonly languages: readonly LanguageInstrumentation[];
  readonly at: SourceRange;
}

/** Reads an Instrumentation (operator `apis/v1alpha1/instrumentation_types.go`); undefined for other kinds. */
export function readInstrumentation(root: Node): Instrumentation | undefined {
  if (textAt(root, 'kind') !== 'Instrumentation' || !isOperators(root)) return undefined;
  const spec = at(root, 'spec');
  const name = textAt(root, 'metadata', 'name') ?? '';
  const namespace = textAt(root, 'metadata', 'namespace') ?? 'default';
  const endpoint = placedText(at(spec, 'exporter'), 'endpoint');
  const sampler = placedText(at(spec, 'sampler'), 'type');
  const samplerArgument = placedText(at(spec, 'sampler'), 'argument');
  return {
    key: `Instrumentation/${namespace}/${name}`,
    namespace,
    name,
    ...(endpoint === undefined ? {} : { endpoint }),
    propagators: itemsAt(spec, 'propagators').flatMap(placedScalar),
    ...(sampler === undefined ? {} : { sampler }),
    ...(samplerArgument === undefined ? {} : { samplerArgument }),
    languages: LANGUAGES.flatMap((language) => languageOf(spec, language)),
    at: entry(at(root, 'metadata'), 'name')?.value.at ?? root.at,
  };
}

function languageOf(
  spec: Node | undefined,
  language: (typeof LANGUAGES)[number],
): readonly LanguageInstrumentation[] {
  const found = entry(spec, language);
  if (found === undefined) return [];
  const image = placedText(found.value, 'image');
  const variable = itemsAt(found.value, 'env').find(
    (item) => textAt(item, 'name') === 'OTEL_EXPORTER_OTLP_ENDPOINT',
  );
  const endpoint = placedText(variable, 'value');
  return [
    {
      language,
      ...(image === undefined ? {} : { image }),
      ...(endpoint === undefined ? {} : { endpoint }),
      at: found.keyAt,
    },
  ];
}

/** Whether a document is a custom resource of the operator. */
export function isOperators(root: Node): boolean {
  return textAt(root, 'apiVersion')?.startsWith('opentelemetry.io/') === true;
}

/** A text at a key with its place. */
export function placedText(node: Node | undefined, key: string): Placed<string> | undefined {
  const found = at(node, key);
  return found === undefined ? undefined : placedScalar(found)[0];
}

function placedScalar(node: Node): readonly Placed<string>[] {
  return node.kind === 'scalar' && typeof node.value === 'string' ? [{ value: node.value, at: node.at }] : [];
}

/** Names and texts of the map at a key, each with its place. */
export function placedEntries(node: Node | undefined, key: string): readonly (readonly [string, Node])[] {
  return entriesAt(node, key).map(({ key: name, value }) => [name, value] as const);
}
