import { parseEndpoint } from '../../collector/endpoint.ts';
import type { Finding } from '../../document/finding.ts';
import { at, itemsAt, textAt } from '../../document/node.ts';
import type { Node } from '../../document/node.ts';
import { readInstrumentation } from '../../kubernetes/operator/instrumentation.ts';
import type { Placed } from '../../kubernetes/workload.ts';
import { meantCollector, writtenCollectors } from '../collector-resources.ts';
import { annotatedObjects, injectedLanguage } from '../injections.ts';
import type { AnnotatedObject } from '../injections.ts';
import { replaceOnLine } from '../line-edits.ts';
import { objectsOfKind } from '../manifest-nodes.ts';
import type { ManifestNode } from '../manifest-nodes.ts';
import type { LintInput, Rule } from '../rule.ts';
import type { Cluster } from '../running.ts';

export const exporterPortRule: Rule = {
  id: 'INS-006',
  severity: 'warning',
  summary: 'An endpoint of an Instrumentation that its languages cannot use, or that is no Service',
  docs: 'Python, .NET and Go send OTLP by HTTP (4318) unless OTEL_EXPORTER_OTLP_PROTOCOL says otherwise, Node.js by gRPC (4317): give such a language an endpoint of its own in its `env`. The operator’s Service of the collector resource `gateway` is called `gateway-collector`. Programs that cannot send do not fail, their traces are just missing.',
  check: (input, cluster) => {
    const all = objectsOfKind(input, ['Instrumentation']).filter(({ apiVersion }) =>
      apiVersion.startsWith('opentelemetry.io/'),
    );
    if (all.length === 0) return [];
    const asked = askedLanguages(annotatedObjects(input));
    const collectors = Map.groupBy(writtenCollectors(input), ({ name }) => name);
    return all.flatMap((object) => [
      ...wrongPorts(object, asked),
      ...wrongNames(object, collectors, input, cluster),
    ]);
  },
};

/** What each language sends by when nothing says it (operator README; `internal/instrumentation/python.go`). */
const PROTOCOL: Readonly<Record<string, 'grpc' | 'http/protobuf'>> = {
  python: 'http/protobuf',
  dotnet: 'http/protobuf',
  go: 'http/protobuf',
  nodejs: 'grpc',
};
const TITLES: Readonly<Record<string, string>> = {
  python: 'Python',
  dotnet: '.NET',
  go: 'Go',
  nodejs: 'Node.js',
};
const PORT = { grpc: 4317, 'http/protobuf': 4318 } as const;

function variable(spec: Node | undefined, name: string): string | undefined {
  return textAt(
    itemsAt(spec, 'env').find((item) => textAt(item, 'name') === name),
    'value',
  );
}

/** The languages that pods ask for, by the name they ask with, and by the namespace where they ask for the only one there. */
interface Asked {
  readonly byName: ReadonlyMap<string, ReadonlySet<string>>;
  readonly byNamespace: ReadonlyMap<string, ReadonlySet<string>>;
}

function askedLanguages(annotated: readonly AnnotatedObject[]): Asked {
  const byName = new Map<string, Set<string>>();
  const byNamespace = new Map<string, Set<string>>();
  const add = (languages: Map<string, Set<string>>, key: string, language: string): void => {
    const known = languages.get(key) ?? new Set();
    languages.set(key, known.add(language));
  };
  for (const { object, on, annotations } of annotated) {
    for (const { key, value } of annotations) {
      const language = injectedLanguage(key);
      const text = value.kind === 'scalar' ? String(value.value) : '';
      if (language === undefined) continue;
      add(byName, text, language);
      const own = on === 'namespace' ? object.name : object.namespace;
      if (/^true$/i.test(text)) add(byNamespace, own, language);
    }
  }
  return { byName, byNamespace };
}

/** Languages that the Instrumentation has a part for, or that pods of the repository ask this one for. */
function languagesOf(
  { node, name, namespace, placed }: ManifestNode,
  { byName, byNamespace }: Asked,
): ReadonlySet<string> {
  const parts = Object.keys(PROTOCOL).filter((language) => at(node, 'spec', language) !== undefined);
  return new Set([
    ...parts,
    ...(byName.get(name) ?? []),
    ...(byName.get(`${namespace}/${name}`) ?? []),
    ...((placed ? byNamespace.get(namespace) : undefined) ?? []),
  ]);
}

function wrongPorts(object: ManifestNode, asked: Asked): readonly Finding[] {
  const { node } = object;
  const endpoint = readInstrumentation(node)?.endpoint;
  const port = endpoint && parseEndpoint(endpoint.value).port;
  const spec = at(node, 'spec');
  if (endpoint === undefined || (port !== 4317 && port !== 4318)) return [];
  if (variable(spec, 'OTEL_EXPORTER_OTLP_PROTOCOL') !== undefined) return [];
  const used = languagesOf(object, asked);
  const wrong = Object.entries(PROTOCOL).filter(([language, protocol]) => {
    const part = at(spec, language);
    const own =
      variable(part, 'OTEL_EXPORTER_OTLP_ENDPOINT') ?? variable(spec, 'OTEL_EXPORTER_OTLP_ENDPOINT');
    const told = variable(part, 'OTEL_EXPORTER_OTLP_PROTOCOL') ?? protocol;
    return used.has(language) && own === undefined && told === protocol && PORT[protocol] !== port;
  });
  return [...Map.groupBy(wrong, ([, protocol]) => protocol)].map(([protocol, languages]) => {
    const names = languages.map(([language]) => TITLES[language] ?? language).join(', ');
    return {
      rule: exporterPortRule.id,
      severity: 'warning' as const,
      message: `${names} will send ${protocol === 'grpc' ? 'gRPC' : 'HTTP'} to \`${endpoint.value}\`, and ${port} is the port of OTLP over ${port === 4317 ? 'gRPC' : 'HTTP'}; set OTEL_EXPORTER_OTLP_ENDPOINT with port ${PORT[protocol]} in the \`env\` of ${languages.map(([language]) => `\`spec.${language}\``).join(', ')}`,
      at: endpoint.at,
    };
  });
}

function wrongNames(
  object: ManifestNode,
  collectors: ReadonlyMap<string, readonly ManifestNode[]>,
  input: LintInput,
  cluster: Cluster,
): readonly Finding[] {
  const read = readInstrumentation(object.node);
  const all = [read?.endpoint, ...(read?.languages ?? []).map(({ endpoint }) => endpoint)];
  return all.flatMap((endpoint: Placed<string> | undefined): readonly Finding[] => {
    const host = endpoint && parseEndpoint(endpoint.value).host;
    if (endpoint === undefined || host === undefined) return [];
    const meant = meantCollector(host, collectors.get(host.split('.', 1)[0] ?? '') ?? []);
    const from = { file: object.at.file, ...(object.placed && { namespace: object.namespace }) };
    if (meant === undefined || cluster.serviceFor(host, from) !== undefined) return [];
    const edits = replaceOnLine(endpoint.at, host, meant.host, input.head.repository.texts);
    return [
      {
        rule: exporterPortRule.id,
        severity: 'warning',
        message: `no Service is called \`${host}\`: the operator calls that of OpenTelemetryCollector \`${meant.collector.name}\` \`${meant.host}\``,
        at: endpoint.at,
        related: [{ message: `OpenTelemetryCollector ${meant.collector.name}`, at: meant.collector.at }],
        fixes: [{ title: `send to \`${meant.host}\``, at: endpoint.at, ...(edits && { edits }) }],
      },
    ];
  });
}
